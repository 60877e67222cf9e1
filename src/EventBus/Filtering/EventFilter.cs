using EventBus.Diagnostics;
using EventBus.Subscriptions;

namespace EventBus.Filtering;

/// <summary>The test of one subscription on an event's content.</summary>
/// <remarks>Thread-safe as far as the application's predicates are.</remarks>
internal sealed class EventFilter<TPublished>
{
    private readonly Subscription _subscription;

    public EventFilter(Subscription subscription)
    {
        _subscription = subscription;
        Predicate = Combine([.. subscription.PredicatesFor<TPublished>()]);
    }

    /// <summary>All predicates as one; null where the subscription wants every event. May throw what they throw.</summary>
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
                telemetry.FilterEnded(typeName, _subscription.Name, startedAt);
            }
        }
    }

    private static Func<TPublished, bool>? Combine(Func<TPublished, bool>[] predicates) => predicates.Length switch
    {
        0 => null,
        1 => predicates[0],
        _ => @event => Array.TrueForAll(predicates, predicate => predicate(@event)),
    };
}
