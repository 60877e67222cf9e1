using EventBus.Diagnostics;
using EventBus.Patterns;
using EventBus.Subscriptions;

namespace EventBus.Filtering;

/// <summary>The test of one subscription on an event's content.</summary>
/// <remarks>Thread-safe as far as the application's predicates are.</remarks>
internal sealed class EventFilter<TPublished>
{
    private readonly Subscription _subscription;

    /// <param name="subscription">Whose test it is.</param>
    /// <param name="isIndexed">Whether the topic's index has asked the subscription's first pattern already.</param>
    public EventFilter(Subscription subscription, bool isIndexed = false)
    {
        _subscription = subscription;
        Predicate = Combine(
        [
            .. subscription.Patterns.TestsFor<TPublished>().Skip(isIndexed ? 1 : 0),
            .. subscription.PredicatesFor<TPublished>(),
        ]);
    }

    /// <summary>All patterns and predicates as one, patterns first; null where the subscription wants every event. May throw what they throw.</summary>
    public Func<TPublished, bool>? Predicate { get; }

    /// <summary>Asks the filter, and reports on it. Never throws.</summary>
    public FilterVerdict Judge(TPublished @event, string typeName, Telemetry telemetry)
    {
        if (Predicate is null)
        {
            return new FilterVerdict(IsMatch: true, Failure: null);
        }

        long startedAt = telemetry.TimesFilters ? telemetry.Timestamp : 0;
        try
        {
            return new FilterVerdict(Predicate(@event), Failure: null);
        }
#pragma warning disable CA1031 // A filter is the application's code: what it throws concerns its own subscription alone.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new FilterVerdict(IsMatch: true, exception);
        }
        finally
        {
            if (startedAt != 0)
            {
                telemetry.FilterEnded(_subscription.Deliverer.Report.LabelsOf(typeName), startedAt);
            }
        }
    }

    /// <summary>Asks the filter without counting or reporting, and tells why it answers so. Never throws.</summary>
    public SubscriptionExplanation Explain(TPublished @event)
    {
        IReadOnlyList<PatternExplanation> patterns = [];
        bool hasPredicate = false;
        try
        {
            patterns = _subscription.Patterns.Explain(@event!);
            if (patterns.Any(static each => !each.IsMatch))
            {
                return new(_subscription.Name, WouldRun: false, "Its pattern does not match.", patterns);
            }

            foreach (Func<TPublished, bool> predicate in _subscription.PredicatesFor<TPublished>())
            {
                hasPredicate = true;
                if (!predicate(@event))
                {
                    return new(_subscription.Name, WouldRun: false, "Its predicate (Where) turns the event away.", patterns);
                }
            }
        }
#pragma warning disable CA1031 // A filter is the application's code: that it throws is the explanation.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            string failure = $"Its filter throws {exception.GetType().FullName}: {exception.Message.TrimEnd('.')}. " +
                $"The event would become a dead letter {nameof(DeadLetterReason.FilterFailed)}.";
            return new(_subscription.Name, WouldRun: false, failure, patterns);
        }

        return new(_subscription.Name, WouldRun: true, Praise(patterns.Count > 0, hasPredicate), patterns);
    }

    private static string Praise(bool hasPattern, bool hasPredicate) => (hasPattern, hasPredicate) switch
    {
        (true, true) => "Its pattern matches and its predicate (Where) holds.",
        (true, false) => "Its pattern matches.",
        (false, true) => "Its predicate (Where) holds.",
        _ => "It has no filter and takes every event of its type.",
    };

    private static Func<TPublished, bool>? Combine(Func<TPublished, bool>[] predicates) => predicates.Length switch
    {
        0 => null,
        1 => predicates[0],
        _ => @event => AllHold(predicates, @event),
    };

    // A loop and no closure: every event passes here.
    private static bool AllHold(Func<TPublished, bool>[] predicates, TPublished @event)
    {
        foreach (Func<TPublished, bool> predicate in predicates)
        {
            if (!predicate(@event))
            {
                return false;
            }
        }

        return true;
    }
}
