using System.Collections.Concurrent;
using EventBus.Dispatching;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Scenarios;

/// <summary>A request is an event, and its reply another: the correlation id ties them.</summary>
public sealed class RequestScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_GetsTheReplyThatItsHandlerPublishes(bool inline)
    {
        await using var bus = Start(async (bus, get) => await bus.PublishAsync(new Totals(get.OrderId, 42)), inline);

        Totals totals = await ScenarioBus.Soon(bus.Bus.RequestAsync<Totals>(new GetTotals("1"), Patience));

        Assert.Equal(new Totals("1", 42), totals);
    }

    [Fact]
    public async Task Request_GetsTheReplyFromFurtherDownItsChain()
    {
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<GetTotals>("first", async (get, _, _) => await bus!.PublishAsync(new OrderCancelled(get.OrderId)));
            builder.Subscribe<OrderCancelled>("second", async (order, _, _) => await bus!.PublishAsync(new Totals(order.OrderId, 7)));
        });
        await using (bus)
        {
            Assert.Equal(7, (await ScenarioBus.Soon(bus.Bus.RequestAsync<Totals>(new GetTotals("1"), Patience))).Sum);
            await bus.IdleAsync();
        }
    }

    [Fact]
    public async Task Request_IsAConversationOfItsOwn()
    {
        EventMetadata? seen = null;
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>(
                "asks", async (order, _, _) => await bus!.Bus.RequestAsync<Totals>(new GetTotals(order.OrderId), Patience));
            builder.Subscribe<GetTotals>("answers", async (get, context, _) =>
            {
                seen = context.Metadata;
                await bus!.PublishAsync(new Totals(get.OrderId, 1));
            });
        });
        await using (bus)
        {
            var id = Guid.CreateVersion7();
            await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { EventId = id });
            await bus.IdleAsync();

            Assert.Equal(1, bus["asks"].Succeeded);
            Assert.Equal((id, 1, seen!.EventId.ToString()), (seen.CausationId, seen.HopCount, seen.CorrelationId));
        }
    }

    [Fact]
    public async Task RequestsAtOnce_EachGetTheirOwnReply()
    {
        ConcurrentQueue<string> replies = new();
        await using var bus = Start(async (bus, get) =>
        {
            await Task.Yield();
            await bus.PublishAsync(new Totals(get.OrderId, 1));
        });

        await ScenarioBus.Soon(Parallel.ForAsync(0, 1_000, new ParallelOptions { MaxDegreeOfParallelism = 1_000 }, async (i, _) =>
        {
            Totals totals = await bus.Bus.RequestAsync<Totals>(new GetTotals($"{i}"), Patience);
            Assert.Equal($"{i}", totals.OrderId);
            replies.Enqueue(totals.OrderId);
        }));

        Assert.Equal(1_000, replies.Distinct().Count());
        await UntilAsync(() => bus.Monitor.GetStatistics().Subscriptions.Count == 1);
    }

    [Fact]
    public async Task Request_NeitherOfAnotherConversationNorTheRequestItself_IsTakenForTheReply()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        Task<IShopEvent> reply = bus.Bus.RequestAsync<IShopEvent>(new OrderPlaced("request"), Patience);
        await bus.PublishAsync(new OrderPlaced("other"));
        await bus.Bus.PublishAsync(new OrderPlaced("named"), new PublishOptions { CorrelationId = "a conversation" });

        Assert.False(reply.IsCompleted);
        bus.Clock.Advance(Patience);
        await Assert.ThrowsAsync<TimeoutException>(() => ScenarioBus.Soon(reply));
    }

    [Fact]
    public async Task Request_Unanswered_SaysWhatToLookFor()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        Task<Totals> reply = bus.Bus.RequestAsync<Totals>(new GetTotals("1"), Patience);
        bus.Clock.Advance(Patience);

        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(() => ScenarioBus.Soon(reply));
        Assert.StartsWith("No Totals answered the GetTotals within 00:00:05.", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LateReply_IsCounted_AndNothingElse()
    {
        ConcurrentQueue<TaskCompletionSource> gates = new();
        await using var bus = Start(async (bus, get) =>
        {
            TaskCompletionSource gate = new();
            gates.Enqueue(gate);
            await gate.Task;
            await bus.PublishAsync(new Totals(get.OrderId, 1));
            await bus.PublishAsync(new Totals(get.OrderId, 2));
        }, services: services => services.AddMetrics());
        using MetricCollector<long> metric = new(
            bus.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), EventBusTelemetry.MeterName, "eventbus.reply.late");

        Task<Totals> late = bus.Bus.RequestAsync<Totals>(new GetTotals("late"), Patience);
        Task<Totals> inTime = bus.Bus.RequestAsync<Totals>(new GetTotals("in time"), Patience * 2);
        await UntilAsync(() => gates.Count == 2);
        bus.Clock.Advance(Patience);
        await Assert.ThrowsAsync<TimeoutException>(() => ScenarioBus.Soon(late));
        Assert.All(gates, gate => gate.SetResult());

        Assert.Equal("in time", (await ScenarioBus.Soon(inTime)).OrderId);
        await bus.IdleAsync();
        Assert.Equal(1, bus.Monitor.GetStatistics().LateReplies);
        CollectedMeasurement<long> measured = Assert.Single(metric.GetMeasurementSnapshot());
        Assert.Equal((1, typeof(Totals).FullName!.Replace('+', '.')), (measured.Value, measured.Tags["messaging.destination.name"]));

        // Nobody is waited for any more, and nobody is late.
        await UntilAsync(() => bus.Monitor.GetStatistics().Subscriptions.Count == 1);
    }

    [Fact]
    public async Task Request_TimingOutWhileTheReplyComes_IsAnsweredOrLate()
    {
        int answered = 0;
        TaskCompletionSource? gate = null;
        await using var bus = Start(async (bus, get) =>
        {
            await gate!.Task;
            await bus.PublishAsync(new Totals(get.OrderId, 1));
        });

        for (int i = 0; i < 300; i++)
        {
            gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<Totals> reply = bus.Bus.RequestAsync<Totals>(new GetTotals($"{i}"), Patience);
            gate.SetResult();
            bus.Clock.Advance(Patience);
            try
            {
                await ScenarioBus.Soon(reply);
                answered++;
            }
            catch (TimeoutException)
            {
                // Late then, and counted.
            }

            await bus.IdleAsync();
        }

        Assert.Equal(300, answered + bus.Monitor.GetStatistics().LateReplies);
    }

    [Fact]
    public async Task Request_WhosePublishIsRefused_EndsWithWhatThePublishThrows()
    {
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<GetTotals>("full", async (_, _, token) => await Task.Delay(Timeout.Infinite, token))
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.Reject));
            builder.Subscribe<OrderPlaced>("throws", (_, _, _) => throw new InvalidOperationException("no")).Inline(InlineFailure.Throw);
        });
        await bus.PublishAsync(new GetTotals("1"));
        await UntilAsync(() => bus["full"].Running == 1);
        await bus.PublishAsync(new GetTotals("2"));

        await Assert.ThrowsAsync<QueueFullException>(
            () => ScenarioBus.Soon(bus.Bus.RequestAsync<Totals>(new GetTotals("3"), Patience)));
        await Assert.ThrowsAsync<AggregateException>(
            () => ScenarioBus.Soon(bus.Bus.RequestAsync<Totals>(new OrderPlaced("1"), Patience)));
        await UntilAsync(() => bus.Monitor.GetStatistics().Subscriptions.Count == 2);
    }

    [Fact]
    public async Task Request_CancelledOrStopped_Ends()
    {
        using CancellationTokenSource source = new();
        await using var bus = ScenarioBus.Start(_ => { });

        Task<Totals> cancelled = bus.Bus.RequestAsync<Totals>(new GetTotals("1"), Timeout.InfiniteTimeSpan, source.Token);
        Task<Totals> stopped = bus.Bus.RequestAsync<Totals>(new GetTotals("2"), Timeout.InfiniteTimeSpan);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ScenarioBus.Soon(cancelled));
        Assert.False(stopped.IsCompleted);
        await ScenarioBus.Soon(Service(bus).StopAsync(default));

        await Assert.ThrowsAsync<EventBusStoppedException>(() => ScenarioBus.Soon(stopped));
        await Assert.ThrowsAsync<EventBusStoppedException>(() => bus.Bus.RequestAsync<Totals>(new GetTotals("3"), Patience));
    }

    [Fact]
    public async Task Request_InsideAHandlerWhileTheBusDrains_IsAnswered()
    {
        TaskCompletionSource gate = new();
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("asks", async (order, _, _) =>
            {
                await gate.Task;
                await bus!.Bus.RequestAsync<Totals>(new GetTotals(order.OrderId), Patience);
            });
            builder.Subscribe<GetTotals>("answers", async (get, _, _) => await bus!.PublishAsync(new Totals(get.OrderId, 1)));
        });
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            Task stopping = Service(bus).StopAsync(default);
            gate.SetResult();
            await ScenarioBus.Soon(stopping);

            Assert.Equal((1, 1), (bus["asks"].Succeeded, bus["answers"].Succeeded));
        }
    }

    private static ScenarioBus Start(
        Func<ScenarioBus, GetTotals, Task> answer, bool inline = false, Action<IServiceCollection>? services = null)
    {
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(
            builder =>
            {
                SubscriptionBuilder<GetTotals> answers = builder.Subscribe<GetTotals>(
                    "answers", async (get, _, _) => await answer(bus!, get));
                _ = inline ? answers.Inline() : answers.Queue(queue => queue.MaxConcurrency = 4);
            },
            services);
        return bus;
    }

    private static IHostedService Service(ScenarioBus bus) => Assert.Single(bus.Services.GetServices<IHostedService>());

    private static Task UntilAsync(Func<bool> condition) => TestStand.UntilAsync(condition);

    private sealed record GetTotals(string OrderId);

    private sealed record Totals(string OrderId, int Sum);
}
