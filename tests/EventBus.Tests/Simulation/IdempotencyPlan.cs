using CsCheck;

namespace EventBus.Tests.Simulation;

internal sealed record KeyedEvent(int Key, int Number, int Depth);

internal enum KeyedBehaviour
{
    Succeed,
    SucceedLater,
    Throw,
    ThrowLater,
    Hang,
    PublishItsKey,
}

/// <summary>What one simulated run of an idempotent subscription is like.</summary>
internal sealed record IdempotencyPlan(
    int Seed,
    int? MaxConcurrency,
    int Keys,
    int Publishers,
    int EventsEach,
    int Retries,
    int TimeToLive,
    bool SelectorFails,
    bool CancelsSome,
    bool Redrives,
    bool StopsEarly,
    IReadOnlyList<KeyedBehaviour> Behaviours)
{
    public static readonly Gen<IdempotencyPlan> Generator =
        from seed in Gen.Int
        from concurrency in Gen.Int[0, 3]
        from keys in Gen.Int[1, 3]
        from publishers in Gen.Int[1, 4]
        from events in Gen.Int[1, 8]
        from retries in Gen.Int[0, 2]
        from timeToLive in Gen.Int[1, 4]
        from flags in Gen.Bool.Array[4]
        from behaviours in Gen.Enum<KeyedBehaviour>().List[1, 4]
        select new IdempotencyPlan(
            seed,
            concurrency == 0 ? null : concurrency,
            keys,
            publishers,
            events,
            retries,
            timeToLive,
            flags[0],
            flags[1],
            flags[2],
            flags[3],
            behaviours);

    public void Apply(SubscriptionBuilder<KeyedEvent> builder)
    {
        builder.Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (Retries, TimeSpan.FromMilliseconds(500)));
        builder.Timeout(TimeSpan.FromSeconds(1));
        if (MaxConcurrency is { } most)
        {
            builder.Queue(queue => queue.MaxConcurrency = most);
        }
        else
        {
            builder.Inline();
        }
    }

    public override string ToString() =>
        $"seed {Seed}, concurrency {MaxConcurrency}, {Keys} keys, {Publishers} publishers of {EventsEach} events, {Retries} retries, " +
        $"{TimeToLive} s, selector fails {SelectorFails}, cancels {CancelsSome}, redrives {Redrives}, stops early {StopsEarly}, " +
        string.Join(',', Behaviours);
}
