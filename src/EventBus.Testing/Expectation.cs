using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using EventBus.Diagnostics;

namespace EventBus.Testing;

/// <summary>What should have happened to an event, and the words for it when it did not.</summary>
internal sealed class Expectation<TEvent>
    where TEvent : notnull
{
    private readonly EventBusHarness _harness;
    private readonly string _happening;
    private readonly string? _subscription;
    private readonly Func<TEvent, bool>? _predicate;
    private readonly string? _condition;
    private readonly DeadLetterReason? _reason;

    /// <exception cref="EventBusAssertionException">Nobody knows the subscription.</exception>
    public Expectation(
        [NotNull] EventBusHarness? harness,
        string happening,
        string? subscription = null,
        Func<TEvent, bool>? predicate = null,
        string? condition = null,
        DeadLetterReason? reason = null)
    {
        ArgumentNullException.ThrowIfNull(harness);
        _harness = harness;
        _happening = happening;
        _subscription = subscription;
        _predicate = predicate;
        _condition = condition;
        _reason = reason;
        ThrowIfUnknown();
    }

    public IReadOnlyList<RecordedEvent<TEvent>> Require(IReadOnlyList<RecordedEvent<TEvent>> candidates, int? times)
    {
        if (times is { } count)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(times));
        }

        RecordedEvent<TEvent>[] found = Choose(candidates);
        bool isMet = times is null ? found.Length > 0 : found.Length == times;
        return isMet ? found : throw Failure(times == 0 ? "not to" : "to", times, found.Length);
    }

    public void Forbid(IReadOnlyList<RecordedEvent<TEvent>> candidates)
    {
        int found = Choose(candidates).Length;
        if (found > 0)
        {
            throw Failure("not to", null, found);
        }
    }

    private static string Times(int count) => count switch
    {
        1 => "once",
        2 => "twice",
        _ => string.Create(CultureInfo.InvariantCulture, $"{count} times"),
    };

    private void ThrowIfUnknown()
    {
        if (_subscription is null)
        {
            return;
        }

        // One that has ended is found in the recording alone.
        string[] known =
        [
            .. _harness.Monitor.GetStatistics().Subscriptions.Select(static each => each.Name)
                .Concat(_harness.Recorder.Entries.Select(static entry => entry.Subscription).OfType<string>())
                .Distinct(),
        ];
        if (!known.Contains(_subscription))
        {
            throw new EventBusAssertionException(
                $"No subscription is named '{_subscription}'. Known are: {string.Join(", ", known)}.");
        }
    }

    private RecordedEvent<TEvent>[] Choose(IReadOnlyList<RecordedEvent<TEvent>> candidates) =>
    [
        .. candidates.Where(entry =>
            (_reason is null || entry.Reason == _reason) && (_predicate is null || _predicate(entry.Event))),
    ];

    private EventBusAssertionException Failure(string verb, int? times, int found)
    {
        StringBuilder message = new("Expected ");
        message.Append(typeof(TEvent) == typeof(object) ? "an event" : typeof(TEvent).Name);
        if (_predicate is not null)
        {
            message.Append(" where ").Append(_condition);
        }

        message.Append(' ').Append(verb).Append(' ').Append(_happening);
        if (_subscription is not null)
        {
            message.Append(" by '").Append(_subscription).Append('\'');
        }

        if (_reason is not null)
        {
            message.Append(CultureInfo.InvariantCulture, $" as {_reason}");
        }

        if (times is > 0)
        {
            message.Append(" exactly ").Append(Times(times.Value));
        }

        message.Append(found == 0 ? ", but that never happened" : $", but that happened {Times(found)}").Append(".\n");
        DeliveryCounts total = _harness.Monitor.GetStatistics().Total;
        if (total.Pending > 0)
        {
            message.Append(
                CultureInfo.InvariantCulture,
                $"The bus is not done: {total.Pending} deliveries are pending. Await WhenIdleAsync before asserting.\n");
        }

        return new EventBusAssertionException(message.Append(_harness).ToString());
    }
}
