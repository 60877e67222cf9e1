using EventBus.Diagnostics;
using EventBus.Publishing.Deduplicating;
using EventBus.Tests.Delivering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventBus.Tests.Publishing.Deduplicating;

public sealed class DeduplicationTests
{
    private sealed record OrderPlaced(string OrderId);

    [Fact]
    public async Task Claim_OfAnIdThatWasReleased_IsGiven()
    {
        using Deduplication ids = New(out _);
        (await ClaimAsync(ids))!.Release();

        Assert.NotNull(await ClaimAsync(ids));
    }

    [Fact]
    public async Task Release_AfterTheAcceptance_ChangesNothing()
    {
        using Deduplication ids = New(out _);
        PublishClaim claim = (await ClaimAsync(ids))!;

        claim.Accept();
        claim.Release();

        Assert.Null(await ClaimAsync(ids));
        Assert.Equal(1, ids.Duplicates);
    }

    [Fact]
    public async Task Accept_Twice_CountsTheWindowFromTheFirst()
    {
        using Deduplication ids = New(out CountingClock clock);
        PublishClaim claim = (await ClaimAsync(ids))!;
        claim.Accept();
        clock.Advance(TimeSpan.FromMinutes(4));
        claim.Accept();

        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.NotNull(await ClaimAsync(ids));
    }

    [Fact]
    public async Task Release_WithSeveralWaiting_GivesTheIdToOne()
    {
        using Deduplication ids = New(out _);
        PublishClaim first = (await ClaimAsync(ids))!;
        Task<PublishClaim?>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => ClaimAsync(ids).AsTask())];

        first.Release();
        Task<PublishClaim?> next = await Task.WhenAny(waiting);
        (await next)!.Accept();
        PublishClaim?[] claims = await Task.WhenAll(waiting);

        Assert.Single(claims.OfType<PublishClaim>());
        Assert.Equal(2, ids.Duplicates);
    }

    [Fact]
    public async Task ClaimInsideAHandler_OfAnIdThatBeginsToWaitForRoom_IsADuplicate()
    {
        using Deduplication ids = New(out _);
        PublishClaim first = (await ClaimAsync(ids))!;
        Task<PublishClaim?> before = ClaimAsync(ids, insideHandler: true).AsTask();
        Task<PublishClaim?> outside = ClaimAsync(ids).AsTask();

        first.WaitForRoom();

        Assert.Null(await before);
        Assert.Null(await ClaimAsync(ids, insideHandler: true));
        Assert.False(outside.IsCompleted);
    }

    [Fact]
    public async Task Timer_WhileNoIdIsKept_DoesNotExist()
    {
        using Deduplication ids = New(out CountingClock clock);
        PublishClaim claim = (await ClaimAsync(ids))!;
        int before = clock.Created;

        claim.Accept();
        int kept = clock.Set;
        clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal((0, 1, 0), (before, kept, clock.Set));
    }

    [Fact]
    public async Task Duplicate_ThatIsReported_IsAMetricAnObservationAndADebugMessage()
    {
        Observer observer = new();
        await using var stand = TestStand.Build(
            static _ => { }, services => services.AddSingleton<IDeliveryObserver>(observer), logs: true);
        using var metric = stand.Collect<long>("eventbus.deduplicated.messages");
        PublishOptions options = new() { DeduplicationId = "a" };

        await stand.Bus.PublishAsync(new OrderPlaced("1"), options, TestStand.Cancellation);
        await stand.Bus.PublishAsync(new OrderPlaced("2"), options, TestStand.Cancellation);

        var measurement = Assert.Single(metric.GetMeasurementSnapshot());
        Assert.Equal((1, "publish"), (measurement.Value, measurement.Tags["messaging.operation.name"]));
        Assert.Equal(typeof(OrderPlaced).FullName!.Replace('+', '.'), measurement.Tags["messaging.destination.name"]);
        Assert.Equal(LogLevel.Debug, Assert.Single(stand.LogsOf(1003)).Level);
        Assert.Equal([DeliveryStage.Published, DeliveryStage.Unmatched, DeliveryStage.Deduplicated], observer.Stages);
    }

    private static Deduplication New(out CountingClock clock)
    {
        clock = new CountingClock();
        return new Deduplication(clock, TimeSpan.FromMinutes(5));
    }

    private static ValueTask<PublishClaim?> ClaimAsync(Deduplication ids, bool insideHandler = false) =>
        ids.ClaimAsync("orders.placed", "a", insideHandler, TestStand.Cancellation);

    private sealed class Observer : IDeliveryObserver
    {
        public List<DeliveryStage> Stages { get; } = [];

        public void Observe(in DeliveryObservation observation) => Stages.Add(observation.Stage);
    }
}
