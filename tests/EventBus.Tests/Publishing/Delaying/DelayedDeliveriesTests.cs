using EventBus.Tests.Delivering;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Publishing.Delaying;

/// <summary>What delays cost while they wait.</summary>
[Collection(Alone.Name)]
public sealed class DelayedDeliveriesTests
{
    private const int Delays = 100_000;

    private sealed record Reminder(int Number);

    [Fact]
    public async Task Delays_HoweverMany_ShareOneTimer()
    {
        CountingClock clock = new();
        await using ServiceProvider provider = TestStand.Collection(
            bus => bus.Subscribe<Reminder>("s", (_, _, _) => default), clock: clock).BuildServiceProvider();
        IEventBus bus = provider.GetRequiredService<IEventBus>();
        await bus.PublishAsync(new Reminder(0), TestStand.Cancellation);
        await provider.GetRequiredService<IEventBusMonitor>().WhenSettledAsync(TestStand.Cancellation);
        (int created, int set) = (clock.Created, clock.Set);

        Guid[] ids = await DelayAsync(bus, 1_000);

        Assert.Equal((created + 1, set + 1), (clock.Created, clock.Set));
        foreach (Guid id in ids)
        {
            Assert.True(await bus.CancelDelayedAsync(id, TestStand.Cancellation));
        }

        Assert.Equal((created + 1, set), (clock.Created, clock.Set));
    }

    [Fact]
    public async Task Delay_WhileItWaits_CostsLessThanAKilobyte()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<Reminder>("s", (_, _, _) => default));
        await DelayAsync(stand.Bus, 1_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        Guid[] ids = await DelayAsync(stand.Bus, Delays);
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before - (16 * Delays)) / Delays;

        TestContext.Current.SendDiagnosticMessage($"{each} bytes for each pending delay");
        Assert.InRange(each, 100, 1_000);
        Assert.Equal(Delays + 1_000, stand.Monitor.GetStatistics()["s"].Delayed);
        GC.KeepAlive(ids);
    }

    [Fact]
    public async Task CancelledDelays_LetGoOfTheirEvents()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<Reminder>("s", (_, _, _) => default));
        await DelayAsync(stand.Bus, 10);
        WeakReference reminder = await DelayAndCancelAsync(stand.Bus);

        for (int i = 0; i < 10 && reminder.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        Assert.False(reminder.IsAlive);
    }

    private static async Task<WeakReference> DelayAndCancelAsync(IEventBus bus)
    {
        Reminder reminder = new(1);
        var id = Guid.NewGuid();
        await bus.PublishAsync(
            reminder, new PublishOptions { EventId = id, DeliverAfter = TimeSpan.FromDays(2) }, TestStand.Cancellation);
        Assert.True(await bus.CancelDelayedAsync(id, TestStand.Cancellation));
        return new WeakReference(reminder);
    }

    private static async Task<Guid[]> DelayAsync(IEventBus bus, int count)
    {
        Guid[] ids = [.. Enumerable.Range(0, count).Select(static _ => Guid.NewGuid())];
        PublishOptions options = new();
        for (int i = 0; i < count; i++)
        {
            (options.EventId, options.DeliverAfter) = (ids[i], TimeSpan.FromSeconds(3600 + (i % 1000)));
            await bus.PublishAsync(new Reminder(i), options, TestStand.Cancellation);
        }

        return ids;
    }
}
