namespace EventBus.Benchmarks;

/// <summary>Who is measured: the category of each benchmark that the comparison with the peers shows.</summary>
internal static class Contestant
{
    /// <summary>The least that C# or the framework can do.</summary>
    public const string Limit = "limit";

    public const string Ours = "ours";

    /// <summary>Another library.</summary>
    public const string Peer = "peer";
}
