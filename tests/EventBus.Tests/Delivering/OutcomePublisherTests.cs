using System.Collections.Concurrent;
using System.Diagnostics;
using EventBus.Delivering;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Delivering;

[Collection(Alone.Name)]
public sealed class OutcomePublisherTests
{
    private sealed record OrderPlaced;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Outcome_PublishedUnderATrace_BelongsBelowItsDelivery(bool succeeds)
    {
        ConcurrentQueue<Activity> stopped = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == EventBusTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var stand = TestStand.Build(bus =>
        {
            bus.NameEvent<OrderPlaced>("placed");
            bus.NameEvent<DeliverySucceeded<OrderPlaced>>("outcome");
            bus.NameEvent<DeliveryFailed<OrderPlaced>>("failure");
            bus.Subscribe<OrderPlaced>("s", (_, _, _) => succeeds ? default : throw new InvalidOperationException("no"))
                .Retry(RetryPreset.None).OnSuccess().OnFailure();
        });

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        await TestStand.UntilAsync(() => stopped.Any(each => each.OperationName == "process placed"));

        Activity process = Assert.Single(stopped, each => each.OperationName == "process placed");
        Activity outcome = Assert.Single(stopped, each => each.OperationName == (succeeds ? "publish outcome" : "publish failure"));
        Assert.Equal(process.SpanId, outcome.ParentSpanId);
    }

    [Fact]
    public async Task Subscription_ThatTellsNothing_IsCalledWithNothingInBetween()
    {
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<OrderPlaced>("quiet", (_, _, _) => default).Inline();
            bus.Subscribe<OrderPlaced>("success", (_, _, _) => default).Inline().OnSuccess();
            bus.Subscribe<OrderPlaced>("failure", (_, _, _) => default).OnFailure();
        });

        Dictionary<string, bool> isPlain = stand.Services.GetRequiredService<InProcessEventBus>().Topics.Get<OrderPlaced>().Table.Routes
            .ToDictionary(route => route.Subscription.Name, route => route.Subscription.Deliverer.IsPlain);

        Assert.Equal((true, false, false), (isPlain["quiet"], isPlain["success"], isPlain["failure"]));
    }

    [Fact]
    public async Task WorkThatAMappingLeavesBehind_IsOutsideTheHandler()
    {
        TaskCompletionSource gate = new();
        TaskCompletionSource<Guid?> cause = new();
        IEventBus? self = null;
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<OrderPlaced>("s", (_, _, _) => default).Inline().OnSuccess(outcome =>
            {
                _ = PublishLaterAsync();
                return outcome;
            });
            bus.Subscribe<string>("late", (_, context, _) =>
            {
                cause.SetResult(context.CausationId);
                return default;
            }).Inline();
        });
        self = stand.Bus;
        async Task PublishLaterAsync()
        {
            await gate.Task;
            await self!.PublishAsync("late");
        }

        await stand.PublishAsync(new OrderPlaced());
        gate.SetResult();

        Assert.Null(await cause.Task.WaitAsync(TestStand.Cancellation));
    }
}
