namespace EventBus.Dispatching;

/// <summary>How the events of a batch subscription are gathered. A batch is closed by its size or by its window, whichever comes first.</summary>
public sealed class BatchOptions
{
    /// <summary>How many events a batch has at most.</summary>
    /// <value>1 to 10,000; 100 by default. A queue that is full closes a batch that could not grow any more.</value>
    public int Size { get; set; } = 100;

    /// <summary>How long the first event of a batch waits for others, counted from its acceptance or from the time of its retry.</summary>
    /// <value>
    /// Zero to 5 minutes; zero by default: a batch takes what is there. While the bus drains nothing is waited for.
    /// </value>
    public TimeSpan Window { get; set; } = TimeSpan.Zero;

    /// <summary>Whether a batch whose handler throws is handed over again in halves, until the events that make it throw stand alone.</summary>
    /// <value>False by default: then an exception fails all events of the batch.</value>
    /// <remarks>
    /// The halves are handed over at once, one after the other, and count no attempt. One event that always throws stands alone after at
    /// most one call of the whole and one for each time that its size can be halved: eight for a batch of 128. A half that succeeds has
    /// succeeded, and whatever made the whole fail is then looked for in the other half, which is not called as a whole again.
    /// </remarks>
    public bool Bisect { get; set; }
}
