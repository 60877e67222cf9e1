namespace EventBus.Benchmarks;

/// <summary>The event that is published: a small one, made once, so that only the bus is measured.</summary>
public sealed record Measured(int Value);
