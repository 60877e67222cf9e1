namespace EventBus.Awaiting;

/// <summary>The reader of a stream in <see cref="StreamFullMode.Fail"/> mode was too slow: events are missing from here on.</summary>
public sealed class StreamOverflowException : InvalidOperationException
{
    /// <summary>Makes the exception for a buffer that was full.</summary>
    /// <param name="capacity">How many events the buffer holds.</param>
    public StreamOverflowException(int capacity)
        : base($"The reader of a stream was slower than its publishers, and the buffer of {capacity} events was full. " +
            "The stream has ended, because it was to fail rather than miss an event. " +
            "Read faster, raise StreamOptions.Capacity, or set StreamOptions.FullMode to Wait, DropOldest or DropNewest.")
    {
    }
}
