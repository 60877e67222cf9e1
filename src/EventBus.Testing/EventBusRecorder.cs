using EventBus.Diagnostics;

namespace EventBus.Testing;

/// <summary>Writes down what the bus does with each event, for a test to ask afterwards.</summary>
/// <remarks>
/// Made by <see cref="EventBusHarness.Start"/> or
/// <see cref="EventBusRecorderServiceCollectionExtensions.AddEventBusRecorder"/>. Every member may be called from any thread at
/// once. What is asked for comes as a copy of the moment, in the order in which the bus told it: entries of one subscription and
/// event are in their true order, except that a worker may tell of an attempt before the publisher tells that it was accepted.
/// Keeps everything, and so every event, until <see cref="Clear"/>.
/// </remarks>
public sealed class EventBusRecorder : IDeliveryObserver
{
    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _startedAt;
    private readonly List<RecordedEvent<object>> _entries = [];
    private readonly Dictionary<Guid, int> _numbers = [];

    internal EventBusRecorder(TimeProvider clock)
    {
        _clock = clock;
        _startedAt = clock.GetUtcNow();
    }

    /// <summary>Everything that happened, oldest first.</summary>
    public IReadOnlyList<RecordedEvent<object>> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>Finds the events that were published, whether or not a subscription took them.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <returns>An entry for each event, oldest first; empty where there was none.</returns>
    public IReadOnlyList<RecordedEvent<TEvent>> Published<TEvent>()
        where TEvent : notnull => Find<TEvent>(DeliveryStage.Published, null);

    /// <summary>Finds the deliveries whose handler ended well.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="subscription">The subscription's name; null for all.</param>
    /// <returns>An entry for each delivery with the attempt that succeeded, oldest first; empty where there was none.</returns>
    public IReadOnlyList<RecordedEvent<TEvent>> Handled<TEvent>(string? subscription = null)
        where TEvent : notnull => Find<TEvent>(DeliveryStage.Succeeded, subscription);

    /// <summary>Finds the events that a filter turned away.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="subscription">The subscription's name; null for all.</param>
    /// <returns>An entry for each event and filter, oldest first; empty where there was none.</returns>
    public IReadOnlyList<RecordedEvent<TEvent>> Filtered<TEvent>(string? subscription = null)
        where TEvent : notnull => Find<TEvent>(DeliveryStage.Filtered, subscription);

    /// <summary>Finds the attempts that failed and were to be followed by another.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="subscription">The subscription's name; null for all.</param>
    /// <returns>
    /// An entry for each retry, oldest first, with the attempt that failed, what it threw and when; empty where there was none.
    /// The last attempt is not among them: it is in <see cref="Handled"/> or <see cref="DeadLettered"/>.
    /// </returns>
    public IReadOnlyList<RecordedEvent<TEvent>> Retried<TEvent>(string? subscription = null)
        where TEvent : notnull => Find<TEvent>(DeliveryStage.Retrying, subscription);

    /// <summary>Finds the deliveries that were given up, redriven ones that failed again included.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="subscription">The subscription's name; null for all.</param>
    /// <returns>An entry for each delivery with its reason and last exception, oldest first; empty where there was none.</returns>
    public IReadOnlyList<RecordedEvent<TEvent>> DeadLettered<TEvent>(string? subscription = null)
        where TEvent : notnull => Find<TEvent>(DeliveryStage.DeadLettered, subscription);

    /// <summary>Forgets all entries, so that what follows stands alone. The counters of the bus stay as they are.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
        }
    }

    /// <summary>Gives the journal: a line for each entry.</summary>
    /// <returns>The newest 200 lines, oldest first, and how many went before them.</returns>
    public override string ToString() => Journal.Of(Entries);

    void IDeliveryObserver.Observe(in DeliveryObservation observation)
    {
        DateTimeOffset now = _clock.GetUtcNow();

        // The bus tells of an acceptance once the worker may have begun, so the count of attempts is a matter of chance there.
        DeliveryObservation told = observation.Stage is DeliveryStage.Accepted or DeliveryStage.Redriven
            ? observation with { Attempt = 0 }
            : observation;
        lock (_gate)
        {
            Guid id = observation.Metadata.EventId;
            if (!_numbers.TryGetValue(id, out int number))
            {
                number = _numbers.Count + 1;
                _numbers.Add(id, number);
            }

            _entries.Add(new RecordedEvent<object>(told, told.Event, now, now - _startedAt, number));
        }
    }

    private List<RecordedEvent<TEvent>> Find<TEvent>(DeliveryStage stage, string? subscription)
        where TEvent : notnull =>
    [
        .. from entry in Entries
           where entry.Stage == stage && (subscription is null || entry.Subscription == subscription)
           where entry.Event is TEvent
           select new RecordedEvent<TEvent>(entry, (TEvent)entry.Event),
    ];
}
