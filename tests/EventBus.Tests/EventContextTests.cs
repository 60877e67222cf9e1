namespace EventBus.Tests;

public sealed class EventContextTests
{
    public enum Way
    {
        InlinePlain,
        InlineWatched,
        Queued,
    }

    private sealed record OrderPlaced;

    private sealed record OrderBilled;

    [Fact]
    public void Default_EveryMember_AnswersWithAnEmptyValue()
    {
        EventContext context = default;

        Assert.Equal(Guid.Empty, context.EventId);
        Assert.Equal(default, context.OccurredAt);
        Assert.Equal("", context.TypeName);
        Assert.Equal("", context.SubscriptionName);
        Assert.Equal("", context.CorrelationId);
        Assert.Null(context.CausationId);
        Assert.Equal(1, context.Attempt);
        Assert.Equal(0, context.HopCount);
        Assert.Empty(context.Headers);
        Assert.Null(context.Deadline);
        Assert.NotNull(context.Metadata);
    }

    [Fact]
    public void Constructor_ForATest_ShowsWhatItWasGiven()
    {
        EventMetadata metadata = Sample.Metadata() with { HopCount = 3, CausationId = Guid.NewGuid() };

        EventContext context = new(metadata, "stock", attempt: 2);

        Assert.Same(metadata, context.Metadata);
        Assert.Equal(metadata.EventId, context.EventId);
        Assert.Equal(metadata.OccurredAt, context.OccurredAt);
        Assert.Equal(metadata.TypeName, context.TypeName);
        Assert.Equal(metadata.CorrelationId, context.CorrelationId);
        Assert.Equal(metadata.CausationId, context.CausationId);
        Assert.Equal("stock", context.SubscriptionName);
        Assert.Equal(2, context.Attempt);
        Assert.Equal(3, context.HopCount);
        Assert.Null(context.Deadline);
    }

    [Fact]
    public void Constructor_WrongArguments_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => new EventContext(null!, "stock"));
        Assert.Throws<ArgumentNullException>(() => new EventContext(Sample.Metadata(), null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventContext(Sample.Metadata(), "stock", 0));
    }

    [Theory]
    [InlineData(Way.InlinePlain)]
    [InlineData(Way.InlineWatched)]
    [InlineData(Way.Queued)]
    public async Task Member_AfterTheHandlerHasEnded_Throws(Way way)
    {
        EventContext kept = default;
        EventMetadata? metadata = null;
        await using TestStand stand = Build(way, bus => Subscribe<OrderPlaced>(bus, way, "stock", (_, context, _) =>
        {
            kept = context;
            metadata = context.Metadata;
            return default;
        }));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Throws<InvalidOperationException>(() => kept.EventId);
        Assert.Throws<InvalidOperationException>(() => kept.SubscriptionName);
        Assert.Throws<InvalidOperationException>(() => kept.Attempt);
        Assert.Throws<InvalidOperationException>(() => kept.Deadline);
        Assert.Throws<InvalidOperationException>(() => kept.Metadata);
        Assert.Equal(7, metadata!.EventId.Version);
    }

    [Theory]
    [InlineData(Way.InlinePlain)]
    [InlineData(Way.InlineWatched)]
    [InlineData(Way.Queued)]
    public async Task Member_InAHandlerThatAwaits_StaysValid(Way way)
    {
        TaskCompletionSource go = new();
        string? name = null;
        await using TestStand stand = Build(way, bus => Subscribe<OrderPlaced>(bus, way, "stock", async (_, context, _) =>
        {
            await go.Task;
            name = context.SubscriptionName;
        }));

        ValueTask publishing = stand.PublishAsync(new OrderPlaced());
        go.SetResult();
        await publishing;
        await stand.IdleAsync();

        Assert.Equal("stock", name);
    }

    [Theory]
    [InlineData(Way.InlinePlain)]
    [InlineData(Way.InlineWatched)]
    [InlineData(Way.Queued)]
    public async Task Metadata_InSeveralHandlersOfOneEvent_IsOne(Way way)
    {
        List<EventMetadata> seen = [];
        await using TestStand stand = Build(way, bus =>
        {
            for (int i = 0; i < 3; i++)
            {
                Subscribe<OrderPlaced>(bus, way, $"s{i}", (_, context, _) =>
                {
                    lock (seen)
                    {
                        seen.Add(context.Metadata);
                    }

                    return default;
                });
            }
        });

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(3, seen.Count);
        Assert.All(seen, metadata => Assert.Same(seen[0], metadata));
    }

    [Theory]
    [InlineData(Way.InlinePlain)]
    [InlineData(Way.InlineWatched)]
    [InlineData(Way.Queued)]
    public async Task Metadata_OfEventsPublishedOneAfterTheOther_IsDifferent(Way way)
    {
        HashSet<Guid> ids = [];
        await using TestStand stand = Build(way, bus => Subscribe<OrderPlaced>(bus, way, "s", (_, context, _) =>
        {
            lock (ids)
            {
                ids.Add(context.EventId);
            }

            return default;
        }));

        for (int i = 0; i < 10; i++)
        {
            await stand.PublishAsync(new OrderPlaced());
        }

        await stand.IdleAsync();
        Assert.Equal(10, ids.Count);
    }

    [Theory]
    [InlineData(Way.InlinePlain, false)]
    [InlineData(Way.InlinePlain, true)]
    [InlineData(Way.InlineWatched, false)]
    [InlineData(Way.InlineWatched, true)]
    [InlineData(Way.Queued, false)]
    [InlineData(Way.Queued, true)]
    public async Task Metadata_OfAnEventPublishedInAHandler_NamesItsCause(Way way, bool afterAnAwait)
    {
        EventMetadata? outer = null;
        EventMetadata? inner = null;
        IEventBus? self = null;
        await using TestStand stand = Build(way, bus =>
        {
            Subscribe<OrderPlaced>(bus, way, "outer", async (_, context, cancellationToken) =>
            {
                outer = context.Metadata;
                if (afterAnAwait)
                {
                    await Task.Yield();
                }

                await self!.PublishAsync(new OrderBilled(), cancellationToken);
            });
            Subscribe<OrderBilled>(bus, way, "inner", (_, context, _) =>
            {
                inner = context.Metadata;
                return default;
            });
        });
        self = stand.Bus;

        await stand.Bus.PublishAsync(new OrderPlaced(), new PublishOptions { CorrelationId = "order-1" }, TestStand.Cancellation);
        await stand.IdleAsync();

        Assert.Equal(outer!.EventId, inner!.CausationId);
        Assert.Equal("order-1", inner.CorrelationId);
        Assert.Equal(1, inner.HopCount);
        Assert.NotEqual(outer.EventId, inner.EventId);
    }

    [Theory]
    [InlineData(Way.InlinePlain)]
    [InlineData(Way.InlineWatched)]
    [InlineData(Way.Queued)]
    public async Task Publish_AfterAHandlerHasRun_HasNoCause(Way way)
    {
        List<EventMetadata> seen = [];
        await using TestStand stand = Build(way, bus => Subscribe<OrderPlaced>(bus, way, "s", (_, context, _) =>
        {
            seen.Add(context.Metadata);
            return default;
        }));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.All(seen, metadata => Assert.Equal((null, 0), (metadata.CausationId, metadata.HopCount)));
        Assert.Equal(2, seen.Count);
    }

    [Theory]
    [InlineData(Way.InlinePlain)]
    [InlineData(Way.InlineWatched)]
    [InlineData(Way.Queued)]
    public async Task Deadline_ByDefault_IsAQuarterOfAnHourFromTheFirstLook(Way way)
    {
        DateTimeOffset? deadline = null;
        DateTimeOffset? again = null;
        await using TestStand stand = Build(way, bus => Subscribe<OrderPlaced>(bus, way, "s", (_, context, _) =>
        {
            deadline = context.Deadline;
            again = context.Deadline;
            return default;
        }));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(stand.Clock.GetUtcNow() + TimeSpan.FromMinutes(15), deadline);
        Assert.Equal(deadline, again);
    }

    [Fact]
    public async Task Deadline_OfAnInlineHandlerThatLooked_FiresItsToken()
    {
        CancellationToken token = default;
        await using TestStand stand = Build(Way.InlinePlain, bus => Subscribe<OrderPlaced>(bus, Way.InlinePlain, "s", async (_, context, cancellationToken) =>
        {
            token = cancellationToken;
            Assert.NotNull(context.Deadline);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }));

        ValueTask publishing = stand.PublishAsync(new OrderPlaced());
        stand.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.False(token.IsCancellationRequested);
        stand.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await publishing;

        Assert.True(token.IsCancellationRequested);
        Assert.Equal(DeadLetterReason.TimedOut, (await stand.LetterAsync()).Reason);
    }

    private static TestStand Build(Way way, Action<EventBusBuilder> configure) =>
        TestStand.Build(configure, logs: way == Way.InlineWatched);

    private static void Subscribe<TEvent>(
        EventBusBuilder bus, Way way, string name, Func<TEvent, EventContext, CancellationToken, ValueTask> handler)
        where TEvent : notnull
    {
        SubscriptionBuilder<TEvent> builder = bus.Subscribe(name, handler);
        if (way != Way.Queued)
        {
            builder.Inline();
        }
    }
}
