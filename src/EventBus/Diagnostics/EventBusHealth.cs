namespace EventBus.Diagnostics;

/// <summary>A judgement of the bus at one moment.</summary>
/// <param name="Status">The worst of the findings; healthy without any.</param>
/// <param name="Findings">What is wrong, a sentence each, with the figures. Empty when all is well.</param>
public sealed record EventBusHealth(EventBusHealthStatus Status, IReadOnlyList<string> Findings)
{
    /// <summary>Gives the status and every finding in one line, for a log.</summary>
    public override string ToString() => Findings.Count == 0 ? $"{Status}" : $"{Status}: {string.Join(" ", Findings)}";
}
