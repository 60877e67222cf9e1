namespace EventBus.Dispatching;

/// <summary>A queue in <see cref="QueueFullMode.Reject"/> mode had no room for an event.</summary>
/// <remarks>The subscriptions named did not take the event; all others did. Publishing again would reach those twice.</remarks>
public sealed class QueueFullException : InvalidOperationException
{
    /// <summary>Makes the exception for the subscriptions that had no room.</summary>
    /// <param name="subscriptions">Their names.</param>
    /// <exception cref="ArgumentNullException"><paramref name="subscriptions"/> is null.</exception>
    public QueueFullException(IReadOnlyList<string> subscriptions)
        : base(Describe(subscriptions)) => Subscriptions = subscriptions;

    /// <summary>The names of the subscriptions that had no room.</summary>
    public IReadOnlyList<string> Subscriptions { get; }

    private static string Describe(IReadOnlyList<string> subscriptions)
    {
        ArgumentNullException.ThrowIfNull(subscriptions);
        return $"The queue of '{string.Join("', '", subscriptions)}' is full and rejects events. " +
            "Every other matching subscription has taken the event. " +
            "Publish later, raise QueueOptions.Capacity, or set QueueOptions.FullMode to Wait or DeadLetter.";
    }
}
