using CsCheck;

namespace EventBus.Tests.Simulation;

/// <summary>An event of a key; of no key where that is zero.</summary>
internal sealed record QueueEvent(int Key, int Number, int Depth);

internal enum QueueKind
{
    Plain,
    Ordered,
    Parking,
    InOrder,
    InOrderParking,
    Fair,
    Limited,
    Inline,
    Idempotent,
}

internal enum QueueCommand
{
    Publish,
    PublishLater,
    PublishImpatiently,
    TakeBack,
    RedriveOne,
    RedriveAll,
    Discard,
    PauseHold,
    PauseDeadLetter,
    Resume,
    Drain,
    Subscribe,
    Unsubscribe,
    Wait,
}

internal enum HandlerCommand
{
    Succeed,
    SucceedLater,
    Throw,
    ThrowLater,
    Hang,
    HangDeaf,
    HangDeafAndEnd,
    Publish,
}

/// <summary>What one subscription of a run is like. One of kind <see cref="QueueKind.Limited"/> shares its limit with all of that kind.</summary>
internal sealed record QueueSubscriptionPlan(
    QueueKind Kind,
    int MaxConcurrency,
    int Capacity,
    QueueFullMode FullMode,
    int Retries,
    bool HasTimeout,
    IReadOnlyList<HandlerCommand> Handler)
{
    public const int GroupLimit = 2;

    public static readonly Gen<QueueSubscriptionPlan> Generator =
        from kind in Gen.Enum<QueueKind>()
        from concurrency in Gen.Int[1, 3]
        from capacity in Gen.Int[1, 6]
        from fullMode in Gen.Enum<QueueFullMode>()
        from retries in Gen.Int[0, 2]
        from hasTimeout in Gen.Bool
        from handler in Gen.Enum<HandlerCommand>().List[1, 6]
        select new QueueSubscriptionPlan(kind, concurrency, capacity, fullMode, retries, hasTimeout, handler);

    public bool IsPausable => Kind != QueueKind.Inline;

    /// <summary>Whether a handler is called in the very step in which its event leaves the queue.</summary>
    /// <remarks>With a timeout it is called on a stack of its own, and in a group it is let in before.</remarks>
    public bool IsCalledAtOnce => !HasTimeout && Kind != QueueKind.Limited;

    /// <summary>Whether no two events of a key are handled at once.</summary>
    public bool GoesOneByOne => Kind is QueueKind.Ordered or QueueKind.Parking or QueueKind.InOrder or QueueKind.InOrderParking;

    public bool Parks => Kind is QueueKind.Parking or QueueKind.InOrderParking;

    /// <summary>What the events have in common that are handled in the order of their acceptance; null where there is no such order.</summary>
    public string? LaneOf(QueueEvent @event) => Kind switch
    {
        QueueKind.InOrder or QueueKind.InOrderParking => "all",
        QueueKind.Ordered or QueueKind.Parking when @event.Key != 0 => $"{@event.Key}",
        QueueKind.Plain when IsCalledAtOnce || MaxConcurrency == 1 => "all",
        QueueKind.Fair when @event.Key != 0 && (IsCalledAtOnce || MaxConcurrency == 1) => $"{@event.Key}",
        _ => null,
    };

    /// <summary>What the events have in common of which one alone may be handled at a time; null where all may.</summary>
    public string? AloneBy(QueueEvent @event) =>
        GoesOneByOne ? LaneOf(@event) : Kind == QueueKind.Idempotent ? $"{@event.Key}" : null;

    public void Apply(SubscriptionBuilder<QueueEvent> builder)
    {
        builder.Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (Retries, TimeSpan.FromMilliseconds(500)));
        if (HasTimeout)
        {
            builder.Timeout(TimeSpan.FromSeconds(1));
        }

        if (Kind == QueueKind.Inline)
        {
            builder.Inline();
            return;
        }

        builder.Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (Capacity, MaxConcurrency, FullMode));
        _ = Kind switch
        {
            QueueKind.Ordered => builder.OrderBy(KeyOf),
            QueueKind.Parking => builder.OrderBy(KeyOf, AfterDeadLetter.Park),
            QueueKind.InOrder => builder.InOrder(),
            QueueKind.InOrderParking => builder.InOrder(AfterDeadLetter.Park),
            QueueKind.Fair => builder.FairBy(KeyOf),
            QueueKind.Limited => builder.LimitGroup("group", GroupLimit),
            QueueKind.Idempotent => builder.Idempotent(static @event => @event.Key, TimeSpan.FromSeconds(2)),
            _ => builder,
        };
    }

    private static int? KeyOf(QueueEvent @event) => @event.Key == 0 ? null : @event.Key;
}

/// <summary>What one run is like: subscriptions, and what is done to them.</summary>
/// <param name="Seed">Decides the order of all steps, and what the commands choose.</param>
/// <param name="IsWatched">Whether an observer hears of each delivery. Without one, events may take the straight way.</param>
/// <param name="StopsEarly">Whether the bus is stopped while there is work.</param>
/// <param name="Subscriptions">The subscriptions.</param>
/// <param name="Commands">What is done, one after the other, mostly without waiting for the end of it.</param>
internal sealed record QueuePlan(
    int Seed, bool IsWatched, bool StopsEarly, IReadOnlyList<QueueSubscriptionPlan> Subscriptions, IReadOnlyList<QueueCommand> Commands)
{
    public static readonly Gen<QueuePlan> Generator =
        from seed in Gen.Int
        from unwatched in Gen.Int[0, 3]
        from stopsEarly in Gen.Bool
        from subscriptions in QueueSubscriptionPlan.Generator.List[1, 4]
        from commands in Gen.Frequency(
            (12, Gen.Const(QueueCommand.Publish)), (10, Gen.Enum<QueueCommand>()), (4, Gen.Const(QueueCommand.RedriveOne))).List[1, 60]
        select new QueuePlan(seed, unwatched > 0, stopsEarly, subscriptions, commands);

    public override string ToString() =>
        $"seed {Seed}, watched {IsWatched}, stops early {StopsEarly}\n" +
        string.Join('\n', Subscriptions.Select(static each => $"  {each} {string.Join(',', each.Handler)}")) +
        $"\n  {string.Join(", ", Commands)}";
}
