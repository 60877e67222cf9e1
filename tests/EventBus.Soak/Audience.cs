namespace EventBus.Soak;

internal sealed record Fact(int Key, long Number);

/// <summary>A handler that fails in many ways, and counts what the bus should have counted.</summary>
internal sealed class Audience(string name, bool goesOneByOne)
{
    public const int Keys = 50;

    private readonly int[] _runningByKey = new int[Keys];
    private long _succeeded;
    private long _overlaps;

    public string Name => name;

    public long Succeeded => Volatile.Read(ref _succeeded);

    /// <summary>How often two handlers of one key ran at once where that must not be.</summary>
    public long Overlaps => Volatile.Read(ref _overlaps);

    /// <summary>Twenty subscriptions, of every kind.</summary>
    public static IEnumerable<Audience> Register(EventBusBuilder builder)
    {
        yield return Add(builder, "plain-1", false, static it => it);
        yield return Add(builder, "plain-2", false, static it => it.Queue(static queue => queue.MaxConcurrency = 1));
        yield return Add(builder, "plain-3", false, static it => it.Queue(static queue => queue.FullMode = QueueFullMode.DeadLetter));
        yield return Add(builder, "filtered", false, static it => it.Where(static fact => fact.Key % 2 == 0));
        yield return Add(builder, "matching", false, static it => it.Matching("""{ "key": [{ "numeric": ["<", 10] }] }"""));
        yield return Add(builder, "ordered-1", true, static it => it.OrderBy(static fact => fact.Key));
        yield return Add(builder, "ordered-2", true, static it => it.OrderBy(static fact => fact.Key).Queue(static queue => queue.MaxConcurrency = 8));
        yield return Add(builder, "parking-1", true, static it => it.OrderBy(static fact => fact.Key, AfterDeadLetter.Park));
        yield return Add(builder, "parking-2", true, static it => it.OrderBy(static fact => fact.Key, AfterDeadLetter.Park).Retry(RetryPreset.None));
        yield return Add(builder, "in-order", true, static it => it.InOrder());
        yield return Add(builder, "in-order-parking", true, static it => it.InOrder(AfterDeadLetter.Park));
        yield return Add(builder, "fair-1", false, static it => it.FairBy(static fact => fact.Key));
        yield return Add(builder, "fair-2", false, static it => it.FairBy(static fact => fact.Key % 3));
        yield return Add(builder, "limited-1", false, static it => it.LimitGroup("group", 3));
        yield return Add(builder, "limited-2", false, static it => it.LimitGroup("group", 3));
        yield return Add(builder, "inline-1", false, static it => it.Inline());
        yield return Add(builder, "inline-2", false, static it => it.Inline().Retry(RetryPreset.None));
        yield return Add(builder, "idempotent-1", false, static it => it.Idempotent(TimeSpan.FromSeconds(2)));
        yield return Add(builder, "idempotent-2", true, static it => it.Idempotent(static fact => fact.Key, TimeSpan.FromMilliseconds(20)));
        yield return Add(builder, "old", false, static it => it.MaxAge(TimeSpan.FromMilliseconds(100)));
    }

    public async ValueTask HandleAsync(Fact fact, CancellationToken cancellationToken)
    {
        if (goesOneByOne && Interlocked.Increment(ref _runningByKey[fact.Key]) > 1)
        {
            Interlocked.Increment(ref _overlaps);
        }

        try
        {
            switch (Random.Shared.Next(2_000))
            {
                case < 20:
                    throw new InvalidOperationException("at once");
                case < 40:
                    await Task.Yield();
                    throw new InvalidOperationException("later");
                case < 44:
                    await Task.Delay(Random.Shared.Next(30), cancellationToken);
                    break;
                case 44:
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                    break;
                case 45:
                    throw new OperationCanceledException("of its own");
                case < 100:
                    await Task.Yield();
                    break;
            }
        }
        finally
        {
            if (goesOneByOne)
            {
                Interlocked.Decrement(ref _runningByKey[fact.Key]);
            }
        }

        Interlocked.Increment(ref _succeeded);
    }

    private static Audience Add(
        EventBusBuilder builder, string name, bool goesOneByOne, Func<SubscriptionBuilder<Fact>, SubscriptionBuilder<Fact>> configure)
    {
        Audience audience = new(name, goesOneByOne);
        SubscriptionBuilder<Fact> subscription = builder
            .Subscribe<Fact>(name, (fact, _, token) => audience.HandleAsync(fact, token))
            .Timeout(TimeSpan.FromMilliseconds(100))
            .Retry(static retry => (retry.MaxRetryAttempts, retry.Delay) = (1, TimeSpan.FromMilliseconds(20)));
        if (!name.StartsWith("inline", StringComparison.Ordinal))
        {
            subscription.Queue(static queue => (queue.Capacity, queue.MaxConcurrency) = (500, 4));
        }

        configure(subscription);
        return audience;
    }
}
