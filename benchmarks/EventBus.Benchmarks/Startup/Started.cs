namespace EventBus.Benchmarks.Startup;

/// <summary>One of the start-up's event types.</summary>
internal sealed record Started<TMark>(int Value);
