namespace EventBus.Tests;

/// <summary>
/// Runs by itself, after everything else: a listener to activities is seen by every bus of the process, and would take any
/// other test off the straight line.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
