using System.Diagnostics.Metrics;
using EventBus.Dispatching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace EventBus.Tests.Diagnostics;

public sealed class MetricTests
{
    private const string Type = "orders.placed";

    private sealed record OrderPlaced(int Number);

    public static TheoryData<string, string> Instruments => new()
    {
        { "messaging.client.operation.duration", "s" },
        { "messaging.client.sent.messages", "{message}" },
        { "messaging.client.consumed.messages", "{message}" },
        { "messaging.process.duration", "s" },
        { "eventbus.filtered.messages", "{message}" },
        { "eventbus.unmatched.messages", "{message}" },
        { "eventbus.deduplicated.messages", "{message}" },
        { "eventbus.deadletter.messages", "{message}" },
        { "eventbus.deadletter.evicted", "{message}" },
        { "eventbus.overflow.messages", "{message}" },
        { "eventbus.filter.duration", "s" },
        { "eventbus.handlers.active", "{handler}" },
        { "eventbus.queue.depth", "{message}" },
        { "eventbus.reply.late", "{message}" },
    };

    [Fact]
    public void Meter_Instruments_AreTheDocumentedOnes()
    {
        Dictionary<string, Instrument> published = Published();

        Assert.Equal(
            Instruments.Select(row => (row.Data.Item1, (string?)row.Data.Item2)).Order(),
            published.Values.Select(instrument => (instrument.Name, instrument.Unit)).Order());
        Assert.All(published.Values, instrument =>
        {
            Assert.False(string.IsNullOrWhiteSpace(instrument.Description));
            Assert.Equal("https://opentelemetry.io/schemas/1.44.0", instrument.Meter.TelemetrySchemaUrl);
        });
    }

    [Fact]
    public void Meter_Durations_HaveTheAdvisedBuckets()
    {
        IEnumerable<Histogram<double>> durations = Published().Values.OfType<Histogram<double>>();

        Assert.All(durations, duration => Assert.Equal(
            [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10], duration.Advice?.HistogramBucketBoundaries));
    }

    [Fact]
    public async Task Sent_EachPublish_IsCountedOnce()
    {
        await using TestStand stand = Build(_ => { });
        using MetricCollector<long> sent = stand.Collect<long>("messaging.client.sent.messages");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.PublishAsync(new OrderPlaced(2));

        Assert.Equal(2, sent.GetMeasurementSnapshot().EvaluateAsCounter());
        AssertTags(
            sent.LastMeasurement!,
            ("messaging.system", "eventbus"),
            ("messaging.operation.name", "publish"),
            ("messaging.destination.name", Type));
    }

    [Fact]
    public async Task Sent_PublishThatWasRefused_HasTheErrorsType()
    {
        TaskCompletionSource release = new();
        await using TestStand stand = Build(bus => bus.Subscribe<OrderPlaced>("s", async (_, _, _) => await release.Task)
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.Reject)));
        using MetricCollector<long> sent = stand.Collect<long>("messaging.client.sent.messages");

        await Assert.ThrowsAsync<QueueFullException>(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                await stand.PublishAsync(new OrderPlaced(i));
            }
        });

        Assert.Equal("EventBus.Dispatching.QueueFullException", sent.LastMeasurement!.Tags["error.type"]);
        release.SetResult();
        await stand.IdleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Consumed_DeliveryWithRetries_IsCountedOnce(bool inline)
    {
        int attempts = 0;
        await using TestStand stand = Build(bus =>
        {
            SubscriptionBuilder<OrderPlaced> builder = bus
                .Subscribe<OrderPlaced>("s", (_, _, _) => ++attempts < 4 ? throw new InvalidOperationException() : default)
                .Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (3, TimeSpan.Zero));
            if (inline)
            {
                builder.Inline();
            }
        });
        using MetricCollector<long> consumed = stand.Collect<long>("messaging.client.consumed.messages");
        using MetricCollector<double> duration = stand.Collect<double>("messaging.process.duration");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.IdleAsync();

        Assert.Equal(4, attempts);
        Assert.Single(duration.GetMeasurementSnapshot());
        CollectedMeasurement<long> measurement = Assert.Single(consumed.GetMeasurementSnapshot());
        Assert.Equal(1, measurement.Value);
        AssertTags(
            measurement,
            ("messaging.system", "eventbus"),
            ("messaging.operation.name", "process"),
            ("messaging.destination.name", Type),
            ("messaging.destination.subscription.name", "s"));
    }

    [Fact]
    public async Task Consumed_Batch_CountsEachEventWithItsOwnOutcome()
    {
        await using TestStand stand = Build(bus => bus
            .SubscribeBatch<OrderPlaced>("s", (_, context, _) =>
            {
                context.Fail(1, new InvalidOperationException());
                return default;
            })
            .Batch(batch => (batch.Size, batch.Window) = (2, TimeSpan.FromSeconds(1)))
            .Retry(RetryPreset.None));
        using MetricCollector<long> consumed = stand.Collect<long>("messaging.client.consumed.messages");
        using MetricCollector<double> duration = stand.Collect<double>("messaging.process.duration");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.PublishAsync(new OrderPlaced(2));
        await stand.IdleAsync();

        Assert.Equal(2, duration.GetMeasurementSnapshot().Count);
        Assert.Equal(
            [null, "System.InvalidOperationException"],
            consumed.GetMeasurementSnapshot().Select(static each => each.Tags.GetValueOrDefault("error.type")));
    }

    [Fact]
    public async Task Consumed_FinallyFailed_HasTheErrorsType()
    {
        await using TestStand stand = Failing();
        using MetricCollector<long> consumed = stand.Collect<long>("messaging.client.consumed.messages");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.IdleAsync();

        Assert.Equal("System.InvalidOperationException", Assert.Single(consumed.GetMeasurementSnapshot()).Tags["error.type"]);
    }

    [Fact]
    public async Task ProcessDuration_OverRetries_CountsFromTheFirstAttempt()
    {
        int attempts = 0;
        await using TestStand stand = Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) => ++attempts < 3 ? throw new InvalidOperationException() : default)
            .Retry(retry => (retry.Delay, retry.UseJitter) = (TimeSpan.FromSeconds(1), false)));
        using MetricCollector<double> duration = stand.Collect<double>("messaging.process.duration");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.IdleAsync();
        await stand.AdvanceAsync(TimeSpan.FromSeconds(1));
        await stand.AdvanceAsync(TimeSpan.FromSeconds(2));

        CollectedMeasurement<double> measurement = Assert.Single(duration.GetMeasurementSnapshot());
        Assert.Equal(3, measurement.Value, 3);
        Assert.False(measurement.Tags.ContainsKey("error.type"));
    }

    [Fact]
    public async Task OperationDuration_OfPublishDeadLetterAndRedrive_IsMeasured()
    {
        await using TestStand stand = Failing();
        using MetricCollector<double> duration = stand.Collect<double>("messaging.client.operation.duration");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.IdleAsync();
        await stand.DeadLetters.RedriveAsync((await stand.LetterAsync()).Id, TestStand.Cancellation);
        await stand.IdleAsync();

        Assert.Equal(
            [("dead_letter", "settle"), ("dead_letter", "settle"), ("publish", "send"), ("redrive", "settle")],
            duration.GetMeasurementSnapshot()
                .Select(each => ((string?)each.Tags["messaging.operation.name"], (string?)each.Tags["messaging.operation.type"]))
                .Order());
        Assert.All(duration.GetMeasurementSnapshot(), each => Assert.Equal(Type, each.Tags["messaging.destination.name"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Filtered_EventTurnedAway_IsCountedWithItsSubscription(bool inline)
    {
        await using TestStand stand = Build(bus =>
        {
            SubscriptionBuilder<OrderPlaced> builder = bus.Subscribe<OrderPlaced>("s", (_, _, _) => default).Where(order => order.Number > 1);
            if (inline)
            {
                builder.Inline();
            }
        });
        using MetricCollector<long> filtered = stand.Collect<long>("eventbus.filtered.messages");
        using MetricCollector<double> duration = stand.Collect<double>("eventbus.filter.duration");
        using MetricCollector<long> unmatched = stand.Collect<long>("eventbus.unmatched.messages");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.PublishAsync(new OrderPlaced(2));

        Assert.Equal("s", Assert.Single(filtered.GetMeasurementSnapshot()).Tags["messaging.destination.subscription.name"]);
        Assert.Equal(2, duration.GetMeasurementSnapshot().Count);
        Assert.Equal(1, unmatched.GetMeasurementSnapshot().EvaluateAsCounter());
        Assert.Equal(Type, unmatched.LastMeasurement!.Tags["messaging.destination.name"]);
    }

    [Fact]
    public async Task DeadLettered_Delivery_IsCountedWithItsReason()
    {
        await using TestStand stand = Failing();
        using MetricCollector<long> letters = stand.Collect<long>("eventbus.deadletter.messages");

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.IdleAsync();

        AssertTags(
            Assert.Single(letters.GetMeasurementSnapshot()),
            ("messaging.system", "eventbus"),
            ("messaging.operation.name", "dead_letter"),
            ("messaging.destination.name", Type),
            ("messaging.destination.subscription.name", "s"),
            ("eventbus.deadletter.reason", "RetriesExhausted"));
    }

    [Fact]
    public async Task Overflow_PublishInsideAHandlerOfAFullQueue_IsCounted()
    {
        IEventBus? self = null;
        await using TestStand stand = Build(bus => bus
            .Subscribe<OrderPlaced>("s", async (order, _, token) =>
            {
                for (int i = 0; i < 3 && order.Number == 0; i++)
                {
                    await self!.PublishAsync(new OrderPlaced(1), token);
                }
            })
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1)));
        self = stand.Bus;
        using MetricCollector<long> overflow = stand.Collect<long>("eventbus.overflow.messages");

        await stand.PublishAsync(new OrderPlaced(0));
        await stand.IdleAsync();

        Assert.Equal(2, overflow.GetMeasurementSnapshot().EvaluateAsCounter());
        Assert.Equal("s", overflow.LastMeasurement!.Tags["messaging.destination.subscription.name"]);
        Assert.Equal(2, stand.Monitor.GetStatistics()["s"].Overflowed);
    }

    [Fact]
    public async Task ActiveHandlers_WhileAHandlerRuns_IsOneAndThenZero()
    {
        TaskCompletionSource started = new();
        TaskCompletionSource release = new();
        await using TestStand stand = Build(bus => bus.Subscribe<OrderPlaced>("s", async (_, _, _) =>
        {
            started.SetResult();
            await release.Task;
        }));
        using MetricCollector<long> active = stand.Collect<long>("eventbus.handlers.active");

        await stand.PublishAsync(new OrderPlaced(1));
        await started.Task;
        Assert.Equal(1, active.GetMeasurementSnapshot().EvaluateAsCounter());
        release.SetResult();
        await stand.IdleAsync();

        Assert.Equal(0, active.GetMeasurementSnapshot().EvaluateAsCounter());
    }

    [Fact]
    public async Task QueueDepth_Observed_IsWhatWaitsInEachQueue()
    {
        TaskCompletionSource started = new();
        TaskCompletionSource release = new();
        await using TestStand stand = Build(bus =>
        {
            bus.Subscribe<OrderPlaced>("s", async (_, _, _) =>
            {
                started.TrySetResult();
                await release.Task;
            }).Queue(queue => queue.MaxConcurrency = 1);
            bus.Subscribe<OrderPlaced>("inline", (_, _, _) => default).Inline();
        });
        using MetricCollector<long> depth = stand.Collect<long>("eventbus.queue.depth");
        await stand.PublishAsync(new OrderPlaced(1));
        await started.Task;
        await stand.PublishAsync(new OrderPlaced(2));
        await stand.PublishAsync(new OrderPlaced(3));

        depth.RecordObservableInstruments();

        CollectedMeasurement<long> measurement = Assert.Single(depth.GetMeasurementSnapshot());
        Assert.Equal(2, measurement.Value);
        AssertTags(measurement, ("messaging.destination.subscription.name", "s"));
        release.SetResult();
        await stand.IdleAsync();
        depth.RecordObservableInstruments();
        Assert.Equal(0, depth.LastMeasurement!.Value);
    }

    [Fact]
    public async Task Evicted_WithoutMetricListener_BreaksNothing()
    {
        await using var stand = TestStand.Build(bus => bus
            .Configure(options => options.DeadLetterCapacity = 1)
            .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException()).Inline());

        await stand.PublishAsync(new OrderPlaced(1));
        await stand.PublishAsync(new OrderPlaced(2));

        Assert.Equal(2, ((OrderPlaced)(await stand.LetterAsync()).Event).Number);
    }

    private static Dictionary<string, Instrument> Published()
    {
        Dictionary<string, Instrument> published = [];
        using MeterListener listener = new();
        TestStand stand = Build(_ => { });
        IMeterFactory factory = stand.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                published.Add(instrument.Name, instrument);
            }
        };
        listener.Start();
        return published;
    }

    private static TestStand Build(Action<EventBusBuilder> configure) => TestStand.Build(bus =>
    {
        bus.NameEvent<OrderPlaced>(Type);
        configure(bus);
    });

    private static TestStand Failing() => Build(bus => bus
        .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException())
        .Retry(retry => retry.MaxRetryAttempts = 0));

    private static void AssertTags<T>(CollectedMeasurement<T> measurement, params (string Key, object? Value)[] expected)
        where T : struct => Assert.Equal(
            expected.OrderBy(tag => tag.Key, StringComparer.Ordinal),
            measurement.Tags.Select(tag => (tag.Key, tag.Value)).OrderBy(tag => tag.Key, StringComparer.Ordinal));
}
