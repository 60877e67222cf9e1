namespace EventBus.Tests.Simulation;

/// <summary>Runs what the bus would hand to the thread pool at once, for a test that looks at one step.</summary>
internal sealed class ImmediateScheduler : SynchronizationContext, IDisposable
{
    private readonly SynchronizationContext? _outer = Current;

    public ImmediateScheduler() => SetSynchronizationContext(this);

    public override void Post(SendOrPostCallback d, object? state) => d(state);

    public void Dispose() => SetSynchronizationContext(_outer);
}
