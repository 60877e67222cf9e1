using System.Collections.Concurrent;
using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Diagnostics;

namespace EventBus.Tests.Diagnostics;

[Collection(Alone.Name)]
public sealed class ActivityTests : IDisposable
{
    private sealed record OrderPlaced;

    private sealed record OrderBilled;

    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;

    public ActivityTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EventBusTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Publish_Span_IsAProducerWithTheEventsAttributes()
    {
        EventMetadata? metadata = null;
        await using var stand = TestStand.Build(bus =>
        {
            bus.NameEvent<OrderPlaced>("orders.placed");
            bus.Subscribe<OrderPlaced>("s", (_, context, _) =>
            {
                metadata = context.Metadata;
                return default;
            });
        });

        await stand.Bus.PublishAsync(new OrderPlaced(), new PublishOptions { CorrelationId = "c" }, TestStand.Cancellation);
        await stand.IdleAsync();

        Activity publish = Span("publish orders.placed");
        Assert.Equal(ActivityKind.Producer, publish.Kind);
        Assert.Equal(ActivityStatusCode.Unset, publish.Status);
        AssertTags(
            publish,
            ("messaging.system", "eventbus"),
            ("messaging.operation.name", "publish"),
            ("messaging.operation.type", "send"),
            ("messaging.destination.name", "orders.placed"),
            ("messaging.message.id", metadata!.EventId.ToString()),
            ("messaging.message.conversation_id", "c"));
    }

    [Fact]
    public async Task Process_Span_IsAConsumerWithTheSubscription()
    {
        await using var stand = TestStand.Build(bus =>
        {
            bus.NameEvent<OrderPlaced>("orders.placed");
            bus.Subscribe<OrderPlaced>("s", (_, _, _) => default);
        });

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Activity process = Span("process orders.placed");
        object? id = Span("publish orders.placed").GetTagItem("messaging.message.id");
        Assert.Equal(ActivityKind.Consumer, process.Kind);
        AssertTags(
            process,
            ("messaging.system", "eventbus"),
            ("messaging.operation.name", "process"),
            ("messaging.operation.type", "process"),
            ("messaging.destination.name", "orders.placed"),
            ("messaging.destination.subscription.name", "s"),
            ("messaging.message.id", id),
            ("messaging.message.conversation_id", id));
    }

    [Fact]
    public async Task Process_OfAQueuedSubscription_IsAChildOfThePublishAndLinksToIt()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<OrderPlaced>("s", (_, _, _) => default));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Activity publish = SpanOf("publish");
        Activity process = SpanOf("process");
        Assert.Equal(publish.SpanId, process.ParentSpanId);
        Assert.Equal(publish.TraceId, process.TraceId);
        Assert.Equal(publish.Context, Assert.Single(process.Links).Context);
    }

    [Fact]
    public async Task Process_OfAQueuedSubscriptionWithLinkParenting_IsATraceOfItsOwnWithALink()
    {
        await using var stand = TestStand.Build(bus => bus
            .Configure(options => options.TraceParenting = TraceParenting.Link)
            .Subscribe<OrderPlaced>("s", (_, _, _) => default));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Activity publish = SpanOf("publish");
        Activity process = SpanOf("process");
        Assert.NotEqual(publish.TraceId, process.TraceId);
        Assert.Null(process.ParentId);
        Assert.Equal(publish.Context, Assert.Single(process.Links).Context);
    }

    [Fact]
    public async Task Process_OfABatch_IsOneSpanWithALinkToEachPublish()
    {
        await using var stand = TestStand.Build(bus =>
        {
            bus.NameEvent<OrderPlaced>("orders.placed");
            bus.SubscribeBatch<OrderPlaced>("s", (_, _, _) => default)
                .Batch(batch => (batch.Size, batch.Window) = (2, TimeSpan.FromSeconds(1)));
        });

        await stand.PublishAsync(new OrderPlaced());
        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Activity process = Span("process orders.placed");
        Activity[] publishes = [.. _stopped.Where(static span => span.Kind == ActivityKind.Producer)];
        Assert.Equal((ActivityKind.Consumer, null), (process.Kind, process.ParentId));
        Assert.Equal(publishes.Select(static each => each.Context), process.Links.Select(static link => link.Context));
        Assert.Equal(
            publishes.Select(static each => each.GetTagItem("messaging.message.id")),
            process.Links.Select(static link => Assert.Single(link.Tags!).Value));
        AssertTags(
            process,
            ("messaging.system", "eventbus"),
            ("messaging.operation.name", "process"),
            ("messaging.operation.type", "process"),
            ("messaging.destination.name", "orders.placed"),
            ("messaging.batch.message_count", 2),
            ("messaging.destination.subscription.name", "s"));
    }

    [Fact]
    public async Task Process_OfABatchThatThrows_IsAnErrorAndTheLettersStandBelowIt()
    {
        await using var stand = TestStand.Build(bus => bus
            .SubscribeBatch<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException("never"))
            .Retry(RetryPreset.None));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Activity process = SpanOf("process");
        Assert.Equal(ActivityStatusCode.Error, process.Status);
        Assert.Equal(process.SpanId, SpanOf("dead_letter").ParentSpanId);
    }

    [Fact]
    public async Task Process_OfAnInlineSubscription_IsAChildOfThePublish()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<OrderPlaced>("s", (_, _, _) => default).Inline());

        await stand.PublishAsync(new OrderPlaced());

        Assert.Same(SpanOf("publish"), SpanOf("process").Parent);
    }

    [Fact]
    public async Task Publish_InsideTheCallersActivity_IsItsChild()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<OrderPlaced>("s", (_, _, _) => default));
        using Activity caller = new("caller");
        caller.Start();

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(caller.SpanId, SpanOf("publish").ParentSpanId);
        Assert.Same(caller, Activity.Current);
    }

    [Fact]
    public async Task Publish_InsideAHandler_IsAChildOfTheProcessSpan()
    {
        IEventBus? self = null;
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<OrderPlaced>("outer", async (_, _, token) => await self!.PublishAsync(new OrderBilled(), token));
            bus.Subscribe<OrderBilled>("inner", (_, _, _) => default);
        });
        self = stand.Bus;

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Activity outer = Span($"process {typeof(OrderPlaced).FullName!.Replace('+', '.')}");
        Activity inner = Span($"publish {typeof(OrderBilled).FullName!.Replace('+', '.')}");
        Assert.Equal(outer.SpanId, inner.ParentSpanId);
        Assert.Single(_stopped.Select(span => span.TraceId).Distinct());
    }

    [Fact]
    public async Task Process_OverRetriesThatSucceedInTheEnd_IsOneSpanWithoutError()
    {
        int attempts = 0;
        List<Activity?> current = [];
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) =>
            {
                current.Add(Activity.Current);
                return ++attempts < 3 ? throw new InvalidOperationException("not yet") : default;
            })
            .Retry(retry => (retry.Delay, retry.UseJitter) = (TimeSpan.FromSeconds(1), false)));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        await stand.AdvanceAsync(TimeSpan.FromSeconds(1));
        await stand.AdvanceAsync(TimeSpan.FromSeconds(2));

        Activity process = SpanOf("process");
        Assert.Equal(3, attempts);
        Assert.Equal(ActivityStatusCode.Unset, process.Status);
        Assert.Null(process.GetTagItem("error.type"));
        Assert.All(current, each => Assert.Same(process, each));
    }

    [Fact]
    public async Task Process_FinallyFailed_IsAnErrorWithTheException()
    {
        await using TestStand stand = Failing(retries: 1);

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        await stand.AdvanceAsync(TimeSpan.FromSeconds(1));

        Activity process = SpanOf("process");
        Assert.Equal(ActivityStatusCode.Error, process.Status);
        Assert.Equal("broken", process.StatusDescription);
        Assert.Equal("System.InvalidOperationException", process.GetTagItem("error.type"));
        ActivityEvent exception = Assert.Single(process.Events);
        Assert.Equal("exception", exception.Name);
        Assert.Equal(ActivityStatusCode.Unset, SpanOf("publish").Status);
    }

    [Fact]
    public async Task DeadLetter_Span_IsAClientBelowTheProcessSpan()
    {
        await using TestStand stand = Failing(retries: 0);

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Activity process = SpanOf("process");
        Activity letter = SpanOf("dead_letter");
        Assert.Equal(ActivityKind.Client, letter.Kind);
        Assert.Equal(process.SpanId, letter.ParentSpanId);
        AssertTags(
            letter,
            ("messaging.system", "eventbus"),
            ("messaging.operation.name", "dead_letter"),
            ("messaging.operation.type", "settle"),
            ("messaging.destination.name", process.GetTagItem("messaging.destination.name")),
            ("messaging.destination.subscription.name", "s"),
            ("messaging.message.id", process.GetTagItem("messaging.message.id")),
            ("messaging.message.conversation_id", process.GetTagItem("messaging.message.conversation_id")));
    }

    [Fact]
    public async Task Redrive_Span_IsAClientWithTheSubscription()
    {
        await using TestStand stand = Failing(retries: 0);
        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        DeadLetter letter = await stand.LetterAsync();

        await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation);
        await stand.IdleAsync();

        Activity redrive = SpanOf("redrive");
        Assert.Equal(ActivityKind.Client, redrive.Kind);
        Assert.Equal(ActivityStatusCode.Unset, redrive.Status);
        Assert.Equal("settle", redrive.GetTagItem("messaging.operation.type"));
        Assert.Equal("s", redrive.GetTagItem("messaging.destination.subscription.name"));
        Assert.Equal(letter.Metadata.EventId.ToString(), redrive.GetTagItem("messaging.message.id"));
        Assert.Equal(2, _stopped.Count(span => span.DisplayName.StartsWith("process ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(TraceParenting.Child)]
    [InlineData(TraceParenting.Link)]
    public async Task Process_OfARedrivenDelivery_IsTiedToTheRedriveOrThePublish(TraceParenting parenting)
    {
        await using var stand = TestStand.Build(bus => bus
            .Configure(options => options.TraceParenting = parenting)
            .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException("broken"))
            .Retry(retry => retry.MaxRetryAttempts = 0));
        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        await stand.DeadLetters.RedriveAsync((await stand.LetterAsync()).Id, TestStand.Cancellation);
        await stand.IdleAsync();

        Activity second = _stopped.Last(span => span.DisplayName.StartsWith("process ", StringComparison.Ordinal));

        ActivitySpanId[] origins = [SpanOf("redrive").SpanId, SpanOf("publish").SpanId];
        Assert.Contains(second.Links.Select(link => link.Context.SpanId).Append(second.ParentSpanId), span => origins.Contains(span));
    }

    [Fact]
    public async Task Redrive_Refused_IsAnError()
    {
        await using var stand = TestStand.Build(_ => { });
        await using (stand.Bus.Subscribe<OrderPlaced>("gone", (_, _, _) => throw new InvalidOperationException(), builder => builder.Inline()))
        {
            await stand.PublishAsync(new OrderPlaced());
        }

        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await stand.DeadLetters.RedriveAsync((await stand.LetterAsync()).Id, TestStand.Cancellation));

        Assert.Equal(ActivityStatusCode.Error, SpanOf("redrive").Status);
        Assert.Equal("System.InvalidOperationException", SpanOf("redrive").GetTagItem("error.type"));
    }

    [Fact]
    public async Task Publish_ThatThrowsToThePublisher_IsAnError()
    {
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException()).Inline(InlineFailure.Throw));

        await Assert.ThrowsAsync<AggregateException>(async () => await stand.PublishAsync(new OrderPlaced()));

        Assert.Equal(ActivityStatusCode.Error, SpanOf("publish").Status);
        Assert.Equal("System.AggregateException", SpanOf("publish").GetTagItem("error.type"));
    }

    [Fact]
    public async Task Process_OfSeveralSubscriptions_IsOneSpanForEachDelivery()
    {
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<OrderPlaced>("a", (_, _, _) => default);
            bus.Subscribe<OrderPlaced>("b", (_, _, _) => default).Inline();
            bus.Subscribe<OrderPlaced>("never", (_, _, _) => default).Where(_ => false);
        });

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(
            ["a", "b"],
            _stopped.Where(span => span.DisplayName.StartsWith("process ", StringComparison.Ordinal))
                .Select(span => (string?)span.GetTagItem("messaging.destination.subscription.name")).Order());
    }

    [Fact]
    public async Task Spans_OfOneSource_CarryTheSchema()
    {
        await using TestStand stand = Failing(retries: 0);

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.All(_stopped, span => Assert.Equal("https://opentelemetry.io/schemas/1.44.0", span.Source.TelemetrySchemaUrl));
    }

    private static TestStand Failing(int retries) => TestStand.Build(bus => bus
        .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException("broken"))
        .Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.UseJitter) = (retries, TimeSpan.FromSeconds(1), false)));

    private static void AssertTags(Activity activity, params (string Key, object? Value)[] expected) => Assert.Equal(
        expected.OrderBy(tag => tag.Key, StringComparer.Ordinal),
        activity.TagObjects.Select(tag => (tag.Key, tag.Value)).OrderBy(tag => tag.Key, StringComparer.Ordinal));

    private Activity Span(string name) => Assert.Single(_stopped, span => span.DisplayName == name);

    private Activity SpanOf(string operation) =>
        Assert.Single(_stopped, span => span.DisplayName.StartsWith(operation + " ", StringComparison.Ordinal));
}
