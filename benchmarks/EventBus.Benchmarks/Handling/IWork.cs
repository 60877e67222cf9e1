namespace EventBus.Benchmarks.Handling;

/// <summary>What a handler does with an event: as little as possible, yet something that is seen at the end.</summary>
public interface IWork
{
    static abstract ValueTask DoAsync(Handler handler, Measured @event);
}

/// <summary>Counts the event and is done.</summary>
public readonly struct Counting : IWork
{
    public static ValueTask DoAsync(Handler handler, Measured @event)
    {
        handler.Handled += @event.Value;
        return default;
    }
}

/// <summary>Lets go of the thread once, as a handler that waits for something does, and counts the event.</summary>
public readonly struct YieldingOnce : IWork
{
    public static async ValueTask DoAsync(Handler handler, Measured @event)
    {
        await Task.Yield();
        handler.Handled += @event.Value;
    }
}
