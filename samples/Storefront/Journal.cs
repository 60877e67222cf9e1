using EventBus;
using EventBus.Diagnostics;

namespace Storefront;

/// <summary>Writes down everything that happens to every event, for the story to read from. Thread-safe.</summary>
internal sealed class Journal : IDeliveryObserver
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];

    public void Observe(in DeliveryObservation observation)
    {
        Entry entry = new(
            DateTimeOffset.UtcNow,
            observation.Stage,
            observation.Event,
            observation.Metadata,
            observation.Subscription,
            observation.Attempt,
            observation.Exception?.Message,
            observation.Reason);
        lock (_gate)
        {
            _entries.Add(entry);
        }
    }

    /// <summary>Everything that happened so far, in order of time.</summary>
    public IReadOnlyList<Entry> Read()
    {
        lock (_gate)
        {
            return [.. _entries];
        }
    }

    /// <summary>One thing that happened.</summary>
    public sealed record Entry(
        DateTimeOffset At,
        DeliveryStage Stage,
        object Event,
        EventMetadata Metadata,
        string? Subscription,
        int Attempt,
        string? Failure,
        DeadLetterReason? Reason);
}
