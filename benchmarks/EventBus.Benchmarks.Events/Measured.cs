using Mediator;

namespace EventBus.Benchmarks;

/// <summary>The event that is published: a small one, made once, so that only the bus is measured.</summary>
/// <remarks>The interface is for Mediator, which takes no other events. Nobody else looks at it.</remarks>
public sealed record Measured(int Value) : Fact(Value), INotification;
