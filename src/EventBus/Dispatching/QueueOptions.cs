namespace EventBus.Dispatching;

/// <summary>The buffer between publishers and a subscription's handler.</summary>
public sealed class QueueOptions
{
    /// <summary>How many accepted events may wait for a handler. Running ones and those waiting for a retry do not count.</summary>
    /// <value>1 or more; 10,000 by default.</value>
    public int Capacity { get; set; } = 10_000;

    /// <summary>How many events, or batches of events, the subscription handles at once. Retries obey it too.</summary>
    /// <value>1 or more; the processor count by default. 1 handles one event after the other, in the order of publishing.</value>
    public int MaxConcurrency { get; set; } = Environment.ProcessorCount;

    /// <summary>What becomes of an event when the queue is full.</summary>
    /// <value><see cref="QueueFullMode.Wait"/> by default.</value>
    public QueueFullMode FullMode { get; set; } = QueueFullMode.Wait;
}
