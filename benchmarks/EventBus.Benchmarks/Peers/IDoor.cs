namespace EventBus.Benchmarks.Peers;

/// <summary>One way to publish.</summary>
/// <remarks>
/// Each is a struct, so that a loop over it has machine code of its own: behind an interface call the second contestant of a process would
/// cost more than the first.
/// </remarks>
internal interface IDoor
{
    ValueTask PublishAsync(Measured @event);
}
