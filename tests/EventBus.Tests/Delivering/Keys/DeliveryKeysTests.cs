using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Delivering.Keys;
using EventBus.Diagnostics;
using EventBus.Tests.Scenarios;
using Microsoft.Extensions.Logging;

namespace EventBus.Tests.Delivering.Keys;

public sealed class DeliveryKeysTests
{
    private sealed record OrderPlaced(string OrderId);

    [Fact]
    public async Task Enter_OfTheHolderAgain_IsItsTurn()
    {
        using Stand stand = new();
        Delivery delivery = stand.Deliver("1");

        KeyTurn first = await stand.Keys.EnterAsync(delivery);
        KeyTurn again = await stand.Keys.EnterAsync(delivery);

        Assert.Equal((KeyTurn.Run, KeyTurn.Run), (first, again));
    }

    [Fact]
    public async Task Leave_AfterAFailure_GivesTheKeyToTheFirstThatWaits()
    {
        using Stand stand = new();
        Delivery holder = stand.Deliver("1");
        await stand.Keys.EnterAsync(holder);
        Task<KeyTurn> second = stand.Keys.EnterAsync(stand.Deliver("1")).AsTask();
        Task<KeyTurn> third = stand.Keys.EnterAsync(stand.Deliver("1")).AsTask();

        stand.Keys.Leave(holder, succeeded: false);

        Assert.Equal(KeyTurn.Run, await ScenarioBus.Soon(second));
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task Leave_AfterASuccess_TellsAllThatWait()
    {
        using Stand stand = new();
        Delivery holder = stand.Deliver("1");
        await stand.Keys.EnterAsync(holder);
        Task<KeyTurn>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => stand.Keys.EnterAsync(stand.Deliver("1")).AsTask())];

        stand.Keys.Leave(holder, succeeded: true);

        Assert.All(await Task.WhenAll(waiting), static turn => Assert.Equal(KeyTurn.Done, turn));
        Assert.Equal(KeyTurn.Done, await stand.Keys.EnterAsync(stand.Deliver("1")));
    }

    [Fact]
    public async Task Leave_OfADeliveryWithoutAKey_ChangesNothing()
    {
        using Stand stand = new();
        Delivery holder = stand.Deliver("1");
        await stand.Keys.EnterAsync(holder);
        Delivery waiter = stand.Deliver("1");
        Task<KeyTurn> waiting = stand.Keys.EnterAsync(waiter).AsTask();

        stand.Keys.Leave(stand.Deliver("1"), succeeded: true);
        stand.Keys.Leave(waiter, succeeded: true);

        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Enter_WhileItWaits_IsCountedAsQueuedAndAsNoWork()
    {
        using Stand stand = new();
        Delivery holder = stand.Deliver("1");
        await stand.Keys.EnterAsync(holder);

        ValueTask<KeyTurn> waiting = stand.Keys.EnterAsync(stand.Deliver("1"));
        stand.Active.Remove();
        DeliveryCounts counts = stand.Counters.Read();
        bool isIdle = stand.Active.IsNone;
        stand.Active.Add();
        stand.Keys.Leave(holder, succeeded: true);
        await waiting;

        Assert.Equal((1, 1, true), (counts.Queued, counts.Running, isIdle));
        Assert.Equal((0, 2, true), (stand.Counters.Read().Queued, stand.Counters.Read().Running, counts.IsConserved));
    }

    [Fact]
    public async Task Enter_AfterTheStop_IsStopped()
    {
        using Stand stand = new();
        await stand.Keys.EnterAsync(stand.Deliver("1"));
        Task<KeyTurn> waiting = stand.Keys.EnterAsync(stand.Deliver("1")).AsTask();

        await stand.Stopping.CancelAsync();

        Assert.Equal(KeyTurn.Stopped, await ScenarioBus.Soon(waiting));
        Assert.Equal(KeyTurn.Stopped, await stand.Keys.EnterAsync(stand.Deliver("2")));
    }

    [Fact]
    public async Task Enter_WhoseSelectorGivesNull_SaysWhatToWrite()
    {
        using Stand stand = new();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => stand.Keys.EnterAsync(stand.Deliver(null!)).AsTask());

        Assert.StartsWith("The key of 's' is null for orders.placed.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Give .Idempotent(…) a key", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Subscription_ThatIsIdempotent_IsNotPlain(bool isIdempotent)
    {
        await using var stand = TestStand.Build(static _ => { });
        DeliverySettings settings = new() { Idempotency = isIdempotent ? KeyRule.ByEventId() : null };
        using Deliverer<OrderPlaced> deliverer = new("s", static (_, _, _) => default, settings, Stand.Environment(new ActiveWork(), default));

        Assert.Equal(!isIdempotent, deliverer.IsPlain);
    }

    [Fact]
    public async Task Duplicate_WhenLogged_IsADebugMessageAndCountedAsConsumed()
    {
        await using var stand = TestStand.Build(
            bus => bus.Subscribe<OrderPlaced>("s", static (_, _, _) => default).Idempotent(static order => order.OrderId), logs: true);
        using var consumed = stand.Collect<long>("messaging.client.consumed.messages");

        await stand.PublishAsync(new OrderPlaced("1"));
        await stand.IdleAsync();
        await stand.PublishAsync(new OrderPlaced("1"));
        await stand.IdleAsync();

        Assert.Equal(LogLevel.Debug, Assert.Single(stand.LogsOf(2007)).Level);
        Assert.Single(stand.LogsOf(2001));
        Assert.Equal(2, consumed.GetMeasurementSnapshot().Count);
    }

    /// <summary>Keys by order, with what they count into. Each delivery is counted as running.</summary>
    private sealed class Stand : IDisposable
    {
        private readonly Deliverer<OrderPlaced> _deliverer;

        public Stand()
        {
            DeliveryEnvironment environment = Environment(Active, Stopping.Token);
            Counters = new DeliveryCounters(Active);
            Keys = new DeliveryKeys<string>(
                static envelope => ((OrderPlaced)envelope.Event!).OrderId, TimeSpan.FromHours(1), "s", environment, Counters);
            _deliverer = new Deliverer<OrderPlaced>("s", static (_, _, _) => default, new DeliverySettings(), environment);
        }

        public CancellationTokenSource Stopping { get; } = new();

        public ActiveWork Active { get; } = new();

        public DeliveryCounters Counters { get; }

        public DeliveryKeys<string> Keys { get; }

        public static DeliveryEnvironment Environment(ActiveWork active, CancellationToken stopped)
        {
            CountingClock clock = new();
            Telemetry telemetry = Sample.Telemetry();
            return new(
                clock, TimeSpan.Zero, telemetry, new DeadLetterOffice(null, 10, telemetry), active, new AlarmClock(clock), null, stopped);
        }

        public Delivery Deliver(string orderId)
        {
            Counters.AcceptedToRun();
            return new Delivery(Envelope.Of(Sample.Metadata(), new OrderPlaced(orderId)), _deliverer);
        }

        public void Dispose()
        {
            Keys.Dispose();
            Stopping.Dispose();
            _deliverer.Dispose();
        }
    }
}
