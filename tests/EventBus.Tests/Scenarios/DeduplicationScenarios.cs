using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Scenarios;

/// <summary>Of several publishes with one deduplication id within the window, one is delivered.</summary>
public sealed class DeduplicationScenarios
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Publish_OfAnIdWithinTheWindow_SucceedsAndGoesToNobody()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("inline", (order, _, _) => calls.Note($"inline {order.Total}")).Inline();
            builder.Subscribe<OrderPlaced>("queued", (order, _, _) => calls.Note($"queued {order.Total}"));
        });

        await PublishAsync(bus, new OrderPlaced("1", 1), "a");
        await bus.IdleAsync();
        bus.Clock.Advance(TimeSpan.FromMinutes(5) - Tick);
        await PublishAsync(bus, new OrderPlaced("1", 2), "a");
        await bus.IdleAsync();

        Assert.Equal(["inline 1", "queued 1"], calls.All.Order());
        EventBusStatistics statistics = bus.Monitor.GetStatistics();
        Assert.Equal((1, 1, 2), (statistics.Published, statistics.Deduplicated, statistics.Total.Accepted));
    }

    [Fact]
    public async Task Publish_OfAnIdWhoseWindowIsOver_IsDelivered()
    {
        Calls calls = new();
        await using var bus = Inline(calls);

        await PublishAsync(bus, new OrderPlaced("1", 1), "a");
        bus.Clock.Advance(TimeSpan.FromMinutes(3));
        await PublishAsync(bus, new OrderPlaced("1", 2), "a");
        bus.Clock.Advance(TimeSpan.FromMinutes(2));
        await PublishAsync(bus, new OrderPlaced("1", 3), "a");

        // Counted from the first: a duplicate does not prolong the window.
        Assert.Equal(["1", "3"], calls.All);
    }

    [Fact]
    public async Task DeduplicationWindow_OfTheOptions_IsTheWindow()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Configure(options => options.DeduplicationWindow = TimeSpan.FromSeconds(10));
            builder.Subscribe<OrderPlaced>("inline", (order, _, _) => calls.Note($"{order.Total}")).Inline();
        });

        await PublishAsync(bus, new OrderPlaced("1", 1), "a");
        bus.Clock.Advance(TimeSpan.FromSeconds(10));
        await PublishAsync(bus, new OrderPlaced("1", 2), "a");

        Assert.Equal(["1", "2"], calls.All);
    }

    [Fact]
    public async Task Id_OfAnEvent_IsItsTypesOwnHoweverItIsHeld()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
            builder.Subscribe<IShopEvent>("all", (@event, _, _) => calls.Note($"{@event.GetType().Name} {@event.OrderId}")).Inline());

        await PublishAsync(bus, new OrderPlaced("1"), "a");
        await PublishAsync<OrderEvent>(bus, new OrderPlaced("2"), "a");
        await PublishAsync<object>(bus, new OrderPlaced("3"), "a");
        await PublishAsync<OrderEvent>(bus, new OrderCancelled("4"), "a");
        await PublishAsync(bus, new OrderPlaced("5"), "A");

        Assert.Equal(["OrderPlaced 1", "OrderCancelled 4", "OrderPlaced 5"], calls.All);
    }

    [Fact]
    public async Task Publish_WithoutAnId_IsDeliveredEachTime()
    {
        Calls calls = new();
        await using var bus = Inline(calls);

        await PublishAsync(bus, new OrderPlaced("1", 1), null);
        await PublishAsync(bus, new OrderPlaced("1", 2), null);

        Assert.Equal(["1", "2"], calls.All);
    }

    [Fact]
    public async Task Publish_ThatNobodySubscribesTo_KeepsItsId()
    {
        await using var bus = ScenarioBus.Start(static _ => { });

        await PublishAsync(bus, new OrderPlaced("1"), "a");
        await PublishAsync(bus, new OrderPlaced("1"), "a");

        EventBusStatistics statistics = bus.Monitor.GetStatistics();
        Assert.Equal((1, 1, 1), (statistics.Published, statistics.Unmatched, statistics.Deduplicated));
    }

    [Fact]
    public async Task Publish_CancelledBeforeItBegan_LeavesItsIdFree()
    {
        Calls calls = new();
        await using var bus = Inline(calls);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => PublishAsync(bus, new OrderPlaced("1", 1), "a", new CancellationToken(true)));
        await PublishAsync(bus, new OrderPlaced("1", 2), "a");

        Assert.Equal(["2"], calls.All);
    }

    [Fact]
    public async Task Publish_ThatEveryQueueRejects_FreesItsId()
    {
        await using FullBus bus = await FullBus.StartAsync(QueueFullMode.Reject);

        await Assert.ThrowsAsync<QueueFullException>(() => PublishAsync(bus.Bus, new OrderPlaced("1", 1), "a"));
        await bus.MakeRoomAsync();
        await PublishAsync(bus.Bus, new OrderPlaced("1", 2), "a");
        await bus.Bus.IdleAsync();

        Assert.Equal(["2"], bus.Handled);
    }

    [Fact]
    public async Task Publish_ThatOneQueueRejectsAndAnotherTakes_KeepsItsId()
    {
        Calls calls = new();
        await using FullBus bus = await FullBus.StartAsync(
            QueueFullMode.Reject, builder => builder.Subscribe<OrderPlaced>("other", (order, _, _) => calls.Note($"{order.Total}")));

        await Assert.ThrowsAsync<QueueFullException>(() => PublishAsync(bus.Bus, new OrderPlaced("1", 7), "a"));
        await bus.MakeRoomAsync();
        await PublishAsync(bus.Bus, new OrderPlaced("1", 8), "a");
        await bus.Bus.IdleAsync();

        Assert.Equal(1, bus.Bus.Monitor.GetStatistics().Deduplicated);
        Assert.DoesNotContain("8", calls.All);
        Assert.Empty(bus.Handled);
    }

    [Fact]
    public async Task SecondPublish_WhileTheFirstWaitsForRoom_EndsWhenThatIsAccepted()
    {
        await using FullBus bus = await FullBus.StartAsync(QueueFullMode.Wait);
        Task first = PublishAsync(bus.Bus, new OrderPlaced("1", 1), "a");

        Task second = PublishAsync(bus.Bus, new OrderPlaced("1", 2), "a");
        bool waits = !second.IsCompleted;
        await bus.MakeRoomAsync();
        await ScenarioBus.Soon(Task.WhenAll(first, second));
        await bus.Bus.IdleAsync();

        Assert.True(waits);
        Assert.Equal(["1"], bus.Handled);
    }

    [Fact]
    public async Task SecondPublish_WhenTheFirstIsCancelled_TakesItsPlace()
    {
        using CancellationTokenSource cancellation = new();
        await using FullBus bus = await FullBus.StartAsync(QueueFullMode.Wait);
        Task first = PublishAsync(bus.Bus, new OrderPlaced("1", 1), "a", cancellation.Token);
        Task second = PublishAsync(bus.Bus, new OrderPlaced("1", 2), "a");

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await bus.MakeRoomAsync();
        await ScenarioBus.Soon(second);
        await bus.Bus.IdleAsync();

        Assert.Equal(["2"], bus.Handled);
        Assert.Equal(0, bus.Bus.Monitor.GetStatistics().Deduplicated);
    }

    [Fact]
    public async Task SecondPublish_CancelledWhileItWaits_LeavesTheFirstAlone()
    {
        using CancellationTokenSource cancellation = new();
        await using FullBus bus = await FullBus.StartAsync(QueueFullMode.Wait);
        Task first = PublishAsync(bus.Bus, new OrderPlaced("1", 1), "a");
        Task second = PublishAsync(bus.Bus, new OrderPlaced("1", 2), "a", cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await bus.MakeRoomAsync();
        await ScenarioBus.Soon(first);
        await bus.Bus.IdleAsync();

        Assert.Equal(["1"], bus.Handled);
        Assert.Empty(await bus.Bus.LettersAsync());
    }

    [Fact]
    public async Task Handler_PublishingAnIdThatWaitsForItsOwnQueue_DoesNotWaitForIt()
    {
        TaskCompletionSource gate = new();
        TaskCompletionSource started = new();
        ScenarioBus? bus = null;
        Calls calls = new();
        bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", async (order, _, _) =>
            {
                calls.Add(order.OrderId);
                if (order.OrderId == "blocks")
                {
                    started.TrySetResult();
                    await gate.Task;
                    await PublishAsync(bus!, new OrderPlaced("nested"), "a");
                }
            })
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1)));
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("blocks"));
            await ScenarioBus.Soon(started.Task);
            await bus.PublishAsync(new OrderPlaced("fills"));
            Task waiting = PublishAsync(bus, new OrderPlaced("waits"), "a");

            gate.SetResult();
            await ScenarioBus.Soon(waiting);
            await bus.IdleAsync();

            Assert.Equal(["blocks", "fills", "waits"], calls.All);
        }
    }

    [Fact]
    public async Task InlineHandler_PublishingTheIdOfItsEvent_IsADuplicateAtOnce()
    {
        ScenarioBus? bus = null;
        Calls calls = new();
        bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("inline", async (order, _, _) =>
        {
            calls.Add($"{order.Total}");
            await PublishAsync(bus!, order with { Total = order.Total + 1 }, "a");
        }).Inline());
        await using (bus)
        {
            await ScenarioBus.Soon(PublishAsync(bus, new OrderPlaced("1", 1), "a"));

            Assert.Equal(["1"], calls.All);
        }
    }

    [Fact]
    public async Task InlineFailure_OfAnAcceptedEvent_KeepsItsId()
    {
        int calls = 0;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("inline", (_, _, _) =>
        {
            calls++;
            throw new InvalidOperationException();
        }).Inline(InlineFailure.Throw));

        await Assert.ThrowsAsync<AggregateException>(() => PublishAsync(bus, new OrderPlaced("1"), "a"));
        await PublishAsync(bus, new OrderPlaced("1"), "a");

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Publish_AfterTheStop_IsRefusedWhateverItsId()
    {
        await using var bus = ScenarioBus.Start(static _ => { });
        await PublishAsync(bus, new OrderPlaced("1"), "a");
        await bus.Services.GetRequiredService<InProcessEventBus>().Lifetime.StopAsync(default);

        await Assert.ThrowsAsync<EventBusStoppedException>(() => PublishAsync(bus, new OrderPlaced("1"), "a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t")]
    public async Task Id_ThatIsEmpty_IsRefusedWithWhatToWrite(string id)
    {
        await using var bus = ScenarioBus.Start(static _ => { });

        var exception = await Assert.ThrowsAsync<ArgumentException>(() => PublishAsync(bus, new OrderPlaced("1"), id));

        Assert.StartsWith($"The DeduplicationId is '{id}'.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("DeduplicationId = order.OrderId", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Id_OfMoreThan200Characters_IsRefusedWithWhatToWrite()
    {
        await using var bus = ScenarioBus.Start(static _ => { });

        await PublishAsync(bus, new OrderPlaced("1"), new string('a', 200));
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => PublishAsync(bus, new OrderPlaced("1"), new string('a', 201)));

        Assert.StartsWith("The DeduplicationId has 201 characters, and 200 are allowed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publishes_OfOneIdFromManyThreads_AreDeliveredOnce()
    {
        int calls = 0;
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", (_, _, _) =>
            {
                Interlocked.Increment(ref calls);
                return default;
            }));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                await PublishAsync(bus, new OrderPlaced("1"), $"{i}");
            }
        })));
        await bus.IdleAsync();

        Assert.Equal(500, calls);
        Assert.Equal(1_500, bus.Monitor.GetStatistics().Deduplicated);
    }

    private static ScenarioBus Inline(Calls calls) => ScenarioBus.Start(builder =>
        builder.Subscribe<OrderPlaced>("inline", (order, _, _) => calls.Note($"{order.Total}")).Inline());

    // Async, so that what it throws at once is in the task too.
    private static async Task PublishAsync<TEvent>(
        ScenarioBus bus, TEvent @event, string? id, CancellationToken cancellationToken = default)
        where TEvent : notnull =>
        await bus.Bus.PublishAsync(@event, new PublishOptions { DeduplicationId = id }, cancellationToken);

    /// <summary>A bus whose only worker is held and whose queue of one is full.</summary>
    private sealed class FullBus : IAsyncDisposable
    {
        private readonly TaskCompletionSource _gate = new();
        private readonly TaskCompletionSource _started = new();
        private readonly Calls _calls = new();

        private FullBus(QueueFullMode mode, Action<EventBusBuilder>? more) => Bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("full", async (order, _, _) =>
            {
                _started.TrySetResult();
                await _gate.Task;
                if (order.OrderId != "holds")
                {
                    _calls.Add($"{order.Total}");
                }
            }).Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, mode));
            more?.Invoke(builder);
        });

        public ScenarioBus Bus { get; }

        public IReadOnlyList<string> Handled => _calls.All;

        public static async Task<FullBus> StartAsync(QueueFullMode mode, Action<EventBusBuilder>? more = null)
        {
            FullBus bus = new(mode, more);
            await bus.Bus.PublishAsync(new OrderPlaced("holds"));
            await ScenarioBus.Soon(bus._started.Task);
            await bus.Bus.PublishAsync(new OrderPlaced("holds"));
            return bus;
        }

        public Task MakeRoomAsync()
        {
            _gate.TrySetResult();
            return TestStand.UntilAsync(() => Bus["full"].Queued == 0);
        }

        public ValueTask DisposeAsync() => Bus.DisposeAsync();
    }
}
