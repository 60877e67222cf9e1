namespace WebhookRouter.Reporting;

/// <summary>What became of each line of the input.</summary>
/// <remarks>Used by one flow.</remarks>
internal sealed class LineTally
{
    private const int Kept = 20;
    private readonly List<(long Line, string Problem)> _firstMalformed = [];

    /// <summary>Lines read, blank ones included. Counted on their own, so that the sum is a check.</summary>
    public long Lines { get; private set; }

    public long Published { get; private set; }

    public long Malformed { get; private set; }

    public long Blank { get; private set; }

    /// <summary>The first malformed lines. All of them were told at once, on the error stream.</summary>
    public IReadOnlyList<(long Line, string Problem)> FirstMalformed => _firstMalformed;

    public bool AddsUp => Lines == Published + Malformed + Blank;

    public void CountLine() => Lines++;

    public void CountPublished() => Published++;

    public void CountBlank() => Blank++;

    public void CountMalformed(long line, string problem)
    {
        Malformed++;
        if (_firstMalformed.Count < Kept)
        {
            _firstMalformed.Add((line, problem));
        }
    }
}
