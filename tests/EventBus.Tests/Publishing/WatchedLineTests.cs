using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Publishing;

/// <summary>An inline publish while spans are collected: all is as on the general way, but for what it costs.</summary>
[Collection(Alone.Name)]
public sealed class WatchedLineTests : IDisposable
{
    private const int Publishes = 5_000;

    private sealed record OrderPlaced;

    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;
    private Action<Activity>? _onStarted;
    private ActivitySamplingResult _sampling = ActivitySamplingResult.AllDataAndRecorded;
    private bool _keepsSpans = true;

    public WatchedLineTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EventBusTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => _sampling,
            ActivityStarted = activity => _onStarted?.Invoke(activity),
            ActivityStopped = activity =>
            {
                if (_keepsSpans)
                {
                    _stopped.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    // By hand, two spans with two attributes and two measurements take 976 bytes. Eleven attributes more are 440, the event's metadata and
    // the text of its id 200, what carries the attributes 96. The test's own AsyncLocals add some, as all are copied at each change.
    [Theory]
    [InlineData(1, 1900)]
    [InlineData(4, 4200)]
    public async Task Publish_WithSpansAndMetrics_AllocatesLittleMoreThanTheSpans(int handlers, int most)
    {
        _keepsSpans = false;
        using MeterListener metrics = Metrics(static (_, _) => { });
        await using TestStand stand = Build(handlers, static () => default);

        Assert.InRange(BytesOfAPublish(stand), 1, most);
        Assert.Equal(2L * Publishes * handlers, stand.Monitor.GetStatistics().Total.Succeeded);
    }

    [Fact]
    public async Task Publish_WithMetricsAlone_AllocatesNothing()
    {
        _listener.Dispose();
        using MeterListener metrics = Metrics(static (_, _) => { });
        await using TestStand stand = Build(4, static () => default);

        Assert.Equal(0, BytesOfAPublish(stand));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_ToSeveralHandlers_GivesEachASpanBelowThePublish(bool yields)
    {
        ConcurrentQueue<string?> current = new();
        await using TestStand stand = Build(3, async () =>
        {
            current.Enqueue(Activity.Current?.GetTagItem("messaging.destination.subscription.name") as string);
            if (yields)
            {
                await Task.Yield();
                current.Enqueue(Activity.Current?.GetTagItem("messaging.destination.subscription.name") as string);
            }
        });
        for (int i = 0; i < 3; i++)
        {
            current.Clear();
            _stopped.Clear();

            await stand.PublishAsync(new OrderPlaced());

            Assert.Null(Activity.Current);
            Assert.Equal(yields ? ["s0", "s0", "s1", "s1", "s2", "s2"] : ["s0", "s1", "s2"], current);
            Activity publish = Assert.Single(_stopped, static span => span.Kind == ActivityKind.Producer);
            Activity[] processes = [.. _stopped.Where(static span => span.Kind == ActivityKind.Consumer)];
            Assert.Equal(3, processes.Length);
            Assert.All(processes, process => Assert.Same(publish, process.Parent));
            Assert.All(processes, process => Assert.InRange(
                process.StartTimeUtc + process.Duration, process.StartTimeUtc, publish.StartTimeUtc + publish.Duration));
        }

        Assert.Equal(9, stand.Monitor.GetStatistics().Total.Succeeded);
        Assert.Equal(3, stand.Monitor.GetStatistics().Published);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_WhereTheSecondHandlerFails_RetriesItAndCallsTheThird(bool yields)
    {
        int calls = 0;
        await using TestStand stand = Build(3, async () =>
        {
            if (yields)
            {
                await Task.Yield();
            }

            if (++calls is >= 2 and < 4)
            {
                throw new InvalidOperationException();
            }
        });

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal(5, calls);
        DeliveryCounts total = stand.Monitor.GetStatistics().Total;
        Assert.Equal((3, 3, 2), (total.Accepted, total.Succeeded, total.Retries));
        Assert.True(total.IsConserved);
        Assert.Equal(3, _stopped.Count(static span => span.Kind == ActivityKind.Consumer && span.Status == ActivityStatusCode.Unset));
    }

    [Fact]
    public async Task Publish_CancelledBetweenTwoHandlers_MakesTheSecondADeadLetter()
    {
        using CancellationTokenSource cancellation = new();
        await using TestStand stand = Build(2, () =>
        {
            cancellation.Cancel();
            return default;
        });

        await stand.Bus.PublishAsync(new OrderPlaced(), cancellation.Token);

        DeadLetter letter = await stand.LetterAsync();
        Assert.Equal(("s1", DeadLetterReason.PublishCancelled), (letter.Subscription, letter.Reason));
        Assert.Equal((1, 1), (stand.Monitor.GetStatistics()["s0"].Succeeded, stand.Monitor.GetStatistics()["s1"].DeadLettered));
    }

    [Fact]
    public async Task Handler_ThatSetsAnAsyncLocal_DoesNotShowItToTheNextOrToThePublisher()
    {
        AsyncLocal<string?> local = new();
        List<string?> seen = [];
        await using TestStand stand = Build(2, () =>
        {
            seen.Add(local.Value);
            local.Value = "set";
            return default;
        });

        await stand.PublishAsync(new OrderPlaced());
        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal([null, null, null, null], seen);
        Assert.Null(local.Value);
    }

    [Fact]
    public async Task Listener_ThatPublishes_IsNotInsideAHandler()
    {
        List<int> hops = [];
        await using TestStand stand = Build(bus => bus.Subscribe<OrderPlaced>("s", (_, context, _) =>
        {
            hops.Add(context.HopCount);
            return default;
        }).Inline());
        await stand.PublishAsync(new OrderPlaced());
        _onStarted = span =>
        {
            _onStarted = null;
            Assert.Null(AmbientAttempt.Current);
            stand.Bus.PublishAsync(new OrderPlaced(), CancellationToken.None).AsTask().Wait();
        };

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal([0, 0, 0], hops);
    }

    [Theory]
    [InlineData(ActivityKind.Producer)]
    [InlineData(ActivityKind.Consumer)]
    public async Task Listener_ThatThrows_DoesNotEndTheBus(ActivityKind at)
    {
        await using TestStand stand = Build(2, static () => default);
        await stand.PublishAsync(new OrderPlaced());
        _onStarted = span =>
        {
            if (span.Kind == at)
            {
                _onStarted = null;
                throw new InvalidOperationException("A listener's.");
            }
        };

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stand.PublishAsync(new OrderPlaced()));
        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(4, stand.Monitor.GetStatistics().Total.Succeeded);
        Assert.Equal(3, stand.Monitor.GetStatistics().Published);
    }

    [Fact]
    public async Task ActiveHandlers_CountedFromWithinALaterPublish_DoNotFallBelowZero()
    {
        double active = 0;
        MeterListener? listener = null;
        _listener.Dispose();
        await using TestStand stand = Build(1, async () =>
        {
            if (listener is null)
            {
                await Task.Yield();
                listener = Count();
                throw new InvalidOperationException();
            }
        });
        listener = Count();
        await stand.PublishAsync(new OrderPlaced());
        listener.Dispose();
        listener = null;

        await stand.PublishAsync(new OrderPlaced());

        listener!.Dispose();
        Assert.Equal(0, active);
        Assert.Equal(1, stand.Monitor.GetStatistics().Total.Retries);

        MeterListener Count() => Metrics((instrument, value) => active += instrument.Name == "eventbus.handlers.active" ? value : 0);
    }

    [Fact]
    public async Task Metadata_AfterAPublishThatWasNotSampled_HasItsOwnTime()
    {
        DateTimeOffset? occurredAt = null;
        bool asks = false;
        await using TestStand stand = Build(bus => bus.Subscribe<OrderPlaced>("s", (_, context, _) =>
        {
            occurredAt = asks ? context.OccurredAt : null;
            return default;
        }).Inline());
        await stand.PublishAsync(new OrderPlaced());
        _sampling = ActivitySamplingResult.None;
        await stand.PublishAsync(new OrderPlaced());
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        _listener.Dispose();
        asks = true;

        await stand.PublishAsync(new OrderPlaced());

        Assert.InRange(occurredAt!.Value, before, TimeProvider.System.GetUtcNow());
    }

    private static TestStand Build(int handlers, Func<ValueTask> handler) => Build(bus =>
    {
        for (int i = 0; i < handlers; i++)
        {
            bus.Subscribe<OrderPlaced>($"s{i}", (_, _, _) => handler()).Inline()
                .Retry(static retry => retry.Delay = TimeSpan.Zero);
        }
    });

    // The system's clock, as most programs have it: spans get their times from it.
    private static TestStand Build(Action<EventBusBuilder> configure) =>
        TestStand.Build(configure, static services => services.AddSingleton(TimeProvider.System));

    private static MeterListener Metrics(Action<Instrument, double> onMeasured)
    {
        MeterListener listener = new()
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == EventBusTelemetry.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => onMeasured(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => onMeasured(instrument, value));
        listener.Start();
        return listener;
    }

    private static long BytesOfAPublish(TestStand stand)
    {
        IEventPublisher<OrderPlaced> publisher = stand.Services.GetRequiredService<IEventPublisher<OrderPlaced>>();
        OrderPlaced order = new();
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Publishes;

        void Run()
        {
            for (int i = 0; i < Publishes; i++)
            {
                ValueTask publishing = publisher.PublishAsync(order, CancellationToken.None);
                Assert.True(publishing.IsCompletedSuccessfully);
                publishing.GetAwaiter().GetResult();
            }
        }
    }
}
