namespace EventBus.Awaiting;

/// <summary>The buffer between publishers and the reader of a stream.</summary>
public sealed class StreamOptions
{
    /// <summary>How many events may wait for the reader.</summary>
    /// <value>1 or more; 1,024 by default.</value>
    public int Capacity { get; set; } = 1_024;

    /// <summary>What becomes of an event when the buffer is full.</summary>
    /// <value>
    /// <see cref="StreamFullMode.DropOldest"/> by default: a reader that looks on must not hold up those who publish, and what it misses
    /// is counted.
    /// </value>
    public StreamFullMode FullMode { get; set; } = StreamFullMode.DropOldest;
}
