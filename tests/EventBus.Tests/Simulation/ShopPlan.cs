using CsCheck;

namespace EventBus.Tests.Simulation;

internal sealed record ShopEvent(int Number, int Depth);

internal enum Behaviour
{
    Succeed,
    SucceedLater,
    Throw,
    ThrowLater,
    Cancel,
    Hang,
    HangDeaf,
    PublishMore,
}

/// <summary>What one simulated subscription is like.</summary>
internal sealed record SubscriptionPlan(
    int? MaxConcurrency, int Capacity, QueueFullMode FullMode, int Retries, bool HasTimeout, bool HasMaxAge, IReadOnlyList<Behaviour> Behaviours)
{
    public static readonly Gen<SubscriptionPlan> Generator =
        from concurrency in Gen.Int[0, 3]
        from capacity in Gen.Int[1, 4]
        from fullMode in Gen.Enum<QueueFullMode>()
        from retries in Gen.Int[0, 2]
        from hasTimeout in Gen.Bool
        from hasMaxAge in Gen.Bool
        from behaviours in Gen.Enum<Behaviour>().List[1, 5]
        select new SubscriptionPlan(
            concurrency == 0 ? null : concurrency,
            capacity,
            fullMode,
            retries,
            hasTimeout || behaviours.Contains(Behaviour.Hang) || behaviours.Contains(Behaviour.HangDeaf),
            hasMaxAge,
            behaviours);

    public void Apply(SubscriptionBuilder<ShopEvent> builder)
    {
        builder.Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (Retries, TimeSpan.FromMilliseconds(500)));
        if (HasTimeout)
        {
            builder.Timeout(TimeSpan.FromSeconds(1));
        }

        if (HasMaxAge)
        {
            builder.MaxAge(TimeSpan.FromSeconds(2));
        }

        if (MaxConcurrency is { } most)
        {
            builder.Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (Capacity, most, FullMode));
        }
        else
        {
            builder.Inline();
        }
    }
}

/// <summary>What one simulated run is like.</summary>
internal sealed record ShopPlan(
    int Seed,
    int Publishers,
    int EventsEach,
    bool CancelsSome,
    bool Redrives,
    bool HasPassingSubscription,
    bool StopsEarly,
    bool DelaysSome,
    IReadOnlyList<SubscriptionPlan> Subscriptions)
{
    public static readonly Gen<ShopPlan> Generator =
        from seed in Gen.Int
        from publishers in Gen.Int[1, 3]
        from events in Gen.Int[1, 6]
        from cancels in Gen.Bool
        from redrives in Gen.Bool
        from passing in Gen.Bool
        from stopsEarly in Gen.Bool
        from delays in Gen.Bool
        from subscriptions in SubscriptionPlan.Generator.List[1, 3]
        select new ShopPlan(seed, publishers, events, cancels, redrives, passing, stopsEarly, delays, subscriptions);

    public override string ToString() =>
        $"seed {Seed}, {Publishers} publishers of {EventsEach} events, cancels {CancelsSome}, redrives {Redrives}, " +
        $"passing {HasPassingSubscription}, stops early {StopsEarly}, delays {DelaysSome}\n" +
        string.Join('\n', Subscriptions.Select(each => $"  {each} {string.Join(',', each.Behaviours)}"));
}
