namespace EventBus.Benchmarks.Comparing;

/// <summary>One row of the comparison: what one contestant needs for one event.</summary>
internal sealed record Entry(string Scenario, string Name, string Role, bool IsBaseline, double Nanoseconds, double Bytes);
