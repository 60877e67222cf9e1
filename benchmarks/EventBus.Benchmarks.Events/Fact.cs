namespace EventBus.Benchmarks;

/// <summary>A base of the event, for publishers that know no more of it.</summary>
public abstract record Fact(int Value);
