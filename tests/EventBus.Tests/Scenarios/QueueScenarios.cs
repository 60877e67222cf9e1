using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Dispatching;

namespace EventBus.Tests.Scenarios;

/// <summary>The buffer between a fast publisher and a slow handler.</summary>
public sealed class QueueScenarios
{
    [Fact]
    public async Task Publish_ToASlowHandler_DoesNotWaitForIt()
    {
        TaskCompletionSource gate = new();
        await using var bus = StartGated(gate, queue => queue.Capacity = 10);

        await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced("1")).AsTask());

        Assert.Equal((1, 0, 1), (bus["slow"].Accepted, bus["slow"].Succeeded, bus["slow"].Pending));
        gate.SetResult();
        await bus.IdleAsync();
        Assert.Equal(1, bus["slow"].Succeeded);
    }

    [Fact]
    public async Task FullQueue_InWaitMode_HoldsThePublisherUntilThereIsRoom()
    {
        TaskCompletionSource gate = new();
        await using var bus = StartGated(gate, queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1));
        await FillAsync(bus, 2);

        Task third = bus.PublishAsync(new OrderPlaced("3")).AsTask();
        Task fourth = bus.PublishAsync(new OrderPlaced("4")).AsTask();

        Assert.False(third.IsCompleted || fourth.IsCompleted);
        Assert.Equal(2, bus["slow"].Accepted);
        gate.SetResult();
        await ScenarioBus.Soon(Task.WhenAll(third, fourth));
        await bus.IdleAsync();
        Assert.Equal((4, 0), (bus["slow"].Succeeded, bus["slow"].Overflowed));
    }

    [Fact]
    public async Task FullQueue_OfOneSubscription_DoesNotKeepTheEventFromOthers()
    {
        TaskCompletionSource gate = new();
        Calls calls = new();
        await using var bus = StartGated(gate, queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1), builder =>
        {
            builder.Subscribe<OrderPlaced>("queued", (order, _, _) => calls.Note("queued " + order.OrderId));
            builder.Subscribe<OrderPlaced>("inline", (order, _, _) => calls.Note("inline " + order.OrderId)).Inline();
        });
        await FillAsync(bus, 2);

        Task third = bus.PublishAsync(new OrderPlaced("3")).AsTask();
        while (!calls.All.Contains("queued 3"))
        {
            await Task.Yield();
        }

        Assert.False(third.IsCompleted);
        Assert.Contains("inline 3", calls.All);
        gate.SetResult();
        await ScenarioBus.Soon(third);
        await bus.IdleAsync();
    }

    [Fact]
    public async Task FullQueue_InRejectMode_TellsThePublisherAndReachesTheOthers()
    {
        TaskCompletionSource gate = new();
        Calls calls = new();
        await using var bus = StartGated(
            gate,
            queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.Reject),
            builder => builder.Subscribe<OrderPlaced>("other", (order, _, _) => calls.Note(order.OrderId)).Inline());
        await FillAsync(bus, 2);

        QueueFullException thrown = await Assert.ThrowsAsync<QueueFullException>(
            () => bus.PublishAsync(new OrderPlaced("3")).AsTask());

        Assert.Equal(["slow"], thrown.Subscriptions);
        Assert.Equal(["1", "2", "3"], calls.All);
        Assert.Equal((2, 1), (bus["slow"].Accepted, bus["slow"].Rejected));
        gate.SetResult();
        await bus.IdleAsync();
    }

    [Fact]
    public async Task FullQueue_InDeadLetterMode_WritesALetterAndLetsThePublisherGoOn()
    {
        TaskCompletionSource gate = new();
        await using var bus = StartGated(
            gate, queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.DeadLetter));
        await FillAsync(bus, 2);

        await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced("3")).AsTask());

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.QueueFull, new OrderPlaced("3")), (letter.Reason, letter.Event));
        bus.AssertConserved();
        gate.SetResult();
        await bus.IdleAsync();
        Assert.Equal((3, 2, 1), (bus["slow"].Accepted, bus["slow"].Succeeded, bus["slow"].DeadLettered));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_FromAHandlerToItsOwnFullQueue_OverflowsInsteadOfDeadlocking(bool afterAwait)
    {
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("self", async (order, _, _) =>
        {
            if (afterAwait)
            {
                await Task.Yield();
            }

            if (order.OrderId == "root")
            {
                for (int i = 0; i < 5; i++)
                {
                    await bus!.PublishAsync(new OrderPlaced($"child {i}"));
                }
            }
        }).Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1)));
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("root"));
            await bus.IdleAsync();

            Assert.Equal((6, 4), (bus["self"].Succeeded, bus["self"].Overflowed));
        }
    }

    [Fact]
    public async Task WorkLeftBehind_ByAHandler_WaitsForRoomLikeAnyPublisher()
    {
        TaskCompletionSource gate = new();
        TaskCompletionSource handlerEnded = new();
        Task? left = null;
        ScenarioBus bus = null!;
        bus = StartGated(gate, queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1), builder =>
            builder.Subscribe<OrderCancelled>("leaves", async (_, _, _) =>
            {
                await Task.Yield();
                left = Task.Run(async () =>
                {
                    await handlerEnded.Task;
                    await bus.PublishAsync(new OrderPlaced("3"));
                });
            }));
        await using (bus)
        {
            await FillAsync(bus, 2);
            await bus.PublishAsync(new OrderCancelled("x"));
            await ScenarioBus.Soon(Task.Run(async () =>
            {
                while (bus["leaves"].Succeeded == 0)
                {
                    await Task.Yield();
                }
            }));

            handlerEnded.SetResult();
            gate.SetResult();
            await ScenarioBus.Soon(left!);
            await bus.IdleAsync();

            Assert.Equal((3, 0), (bus["slow"].Succeeded, bus["slow"].Overflowed));
        }
    }

    [Fact]
    public async Task SmallQueue_WithWaitingPublishers_StillReachesItsConcurrency()
    {
        TaskCompletionSource gate = new();
        await using var bus = StartGated(gate, queue => (queue.Capacity, queue.MaxConcurrency) = (1, 4));

        var publishing = Task.WhenAll(Enumerable.Range(0, 4).Select(i => bus.PublishAsync(new OrderPlaced($"{i}")).AsTask()));
        await ScenarioBus.Soon(Task.Run(async () =>
        {
            while (bus["slow"].Running < 4)
            {
                await Task.Yield();
            }
        }));

        gate.SetResult();
        await ScenarioBus.Soon(publishing);
        await bus.IdleAsync();
    }

    [Fact]
    public async Task RejectedEvent_BesideAFailureForThePublisher_IsReportedToo()
    {
        TaskCompletionSource gate = new();
        await using var bus = StartGated(
            gate,
            queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.Reject),
            builder => builder.Subscribe<OrderPlaced>("throws", (order, _, _) =>
                order.OrderId == "3" ? throw new InvalidOperationException() : default).Inline(InlineFailure.Throw));
        await FillAsync(bus, 2);

        AggregateException thrown = await Assert.ThrowsAsync<AggregateException>(
            () => bus.PublishAsync(new OrderPlaced("3")).AsTask());

        Assert.Equal(
            [typeof(InvalidOperationException), typeof(QueueFullException)],
            thrown.InnerExceptions.Select(exception => exception.GetType()));
        gate.SetResult();
        await bus.IdleAsync();
    }

    [Fact]
    public async Task MaxConcurrency_WithABacklog_IsReachedAndNeverExceeded()
    {
        int running = 0;
        int most = 0;
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("limited", async (_, _, _) =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            if (now == 3)
            {
                gate.TrySetResult();
            }

            await gate.Task;
            await Task.Yield();
            Interlocked.Decrement(ref running);
        }).Queue(queue => queue.MaxConcurrency = 3));

        for (int i = 0; i < 100; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await bus.IdleAsync();

        Assert.Equal((3, 100), (most, bus["limited"].Succeeded));
    }

    [Fact]
    public async Task Retries_OfManyDeliveries_ObeyMaxConcurrency()
    {
        int running = 0;
        int most = 0;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("limited", async (_, context, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            if (context.Attempt < 3)
            {
                throw new InvalidOperationException();
            }
        }).Queue(queue => queue.MaxConcurrency = 2).Retry(retry => (retry.Delay, retry.UseJitter) = (TimeSpan.FromSeconds(1), false)));

        for (int i = 0; i < 50; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await bus.SettleAsync();

        Assert.Equal((2, 50, 100), (most, bus["limited"].Succeeded, bus["limited"].Retries));
    }

    [Fact]
    public async Task WaitingForARetry_HoldsNoWorker()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("one-worker", (order, context, _) =>
        {
            calls.Add($"{order.OrderId}#{context.Attempt}");
            return order.OrderId == "bad" && context.Attempt == 1 ? throw new InvalidOperationException() : default;
        }).Queue(queue => queue.MaxConcurrency = 1));

        await bus.PublishAsync(new OrderPlaced("bad"));
        await bus.PublishAsync(new OrderPlaced("good"));
        await bus.IdleAsync();

        Assert.Equal(["bad#1", "good#1"], calls.All);
        Assert.Equal((1, 0), (bus["one-worker"].WaitingForRetry, bus["one-worker"].Running));
        await bus.SettleAsync();
        Assert.Equal(["bad#1", "good#1", "bad#2"], calls.All);
    }

    [Fact]
    public async Task StartOrder_WithOneWorker_IsPublishOrder()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("ordered", (order, _, _) => calls.Note(order.OrderId))
            .Queue(queue => queue.MaxConcurrency = 1));

        for (int i = 0; i < 1_000; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await bus.IdleAsync();

        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"{i}"), calls.All);
    }

    [Fact]
    public async Task ManyPublishers_OverASmallQueue_LoseNothing()
    {
        int handled = 0;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("busy", async (order, _, _) =>
        {
            Interlocked.Increment(ref handled);
            if (order.Total % 3 == 0)
            {
                await Task.Yield();
            }
        }).Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (4, 3)));

        await ScenarioBus.Soon(Task.WhenAll(Enumerable.Range(0, 8).Select(publisher => Task.Run(async () =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                await bus.PublishAsync(new OrderPlaced($"{publisher}", i));
                DeliveryCounts counts = bus["busy"];
                Assert.True(counts.IsConserved, counts.ToString());
            }
        }))));
        await bus.IdleAsync();

        Assert.Equal((16_000, 16_000), (handled, bus["busy"].Succeeded));
    }

    [Fact]
    public async Task Presets_OfInlineAndQueued_DifferAsDocumented()
    {
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("inline", (_, _, _) => throw new InvalidOperationException()).Inline();
            builder.Subscribe<OrderPlaced>("queued", (_, _, _) => throw new InvalidOperationException());
            builder.Subscribe<OrderPlaced>("none", (_, _, _) => throw new InvalidOperationException()).Retry(RetryPreset.None);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal((0, 2, 0), (bus["inline"].Retries, bus["queued"].Retries, bus["none"].Retries));
    }

    [Fact]
    public async Task WhenSettled_WithARetryWaiting_WaitsForItToo()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("flaky", (_, context, _) =>
            context.Attempt == 1 ? throw new InvalidOperationException() : default));
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();

        Task settled = bus.Monitor.WhenSettledAsync().AsTask();

        Assert.False(settled.IsCompleted);
        await bus.SettleAsync();
        await ScenarioBus.Soon(settled);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (seen < value)
        {
            int found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    private static ScenarioBus StartGated(
        TaskCompletionSource gate, Action<QueueOptions> configure, Action<EventBusBuilder>? more = null) => ScenarioBus.Start(builder =>
    {
        builder.Subscribe<OrderPlaced>("slow", async (_, _, _) => await gate.Task).Queue(configure);
        more?.Invoke(builder);
    });

    // One event in the handler's hands and the rest in the queue.
    private static async Task FillAsync(ScenarioBus bus, int events)
    {
        for (int i = 1; i <= events; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
            while (bus["slow"].Running == 0)
            {
                await Task.Yield();
            }
        }
    }
}
