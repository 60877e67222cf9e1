#pragma warning disable xUnit1031, xUnit1051, CA1031, CA2012, IDE0058, IDE0005
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using EventBus.Diagnostics;
using EventBus.Tests.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Dispatching;

/// <summary>What a reviewer could break of it, by the public API alone.</summary>
public sealed class QueueEndTests
{
    private sealed record Root(int Number);

    private sealed record Other(int Number);

    // a subscription that ends itself in its own handler.
    [Fact]
    public async Task HandlerOfASubscriptionThatEndedItself_IsLetGoOf()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        WeakReference handler = SubscribeEndsItself(bus);
        await bus.IdleAsync();
        await Task.Delay(100);
        Collect();

        Assert.False(handler.IsAlive);
    }

    // a queue in which one handler is busy keeps the events that others have handled.
    [Fact]
    public async Task HandledEvent_WhileAnotherIsBeingHandled_IsLetGoOf()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("work", (root, _, _) =>
            root.Number == 0 ? new ValueTask(gate.Task) : default).Queue(queue => queue.MaxConcurrency = 2));
        await bus.PublishAsync(new Root(0));
        await UntilAsync(() => bus["work"].Running == 1);
        WeakReference published = Publish(bus);
        await UntilAsync(() => bus["work"].Succeeded == 1);
        await Task.Delay(200);
        Collect();
        bool alive = published.IsAlive;
        gate.SetResult();
        await bus.IdleAsync();

        Assert.False(alive);
    }


    // many at once.
    [Fact]
    public async Task Queue_UnderStress_LosesNothingAndKeepsItsLaw()
    {
        const int Producers = 4;
        const int Each = 20_000;
        int running = 0;
        int most = 0;
        ConcurrentDictionary<int, int> handled = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("work", async (root, _, _) =>
        {
            int now = Interlocked.Increment(ref running);
            if (now > Volatile.Read(ref most))
            {
                Volatile.Write(ref most, now);
            }

            handled.AddOrUpdate(root.Number, 1, static (_, count) => count + 1);
            if (root.Number % 7 == 0)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref running);
            if (root.Number % 101 == 0)
            {
                throw new InvalidOperationException();
            }
        }).Retry(retry => retry.MaxRetryAttempts = 0).Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (32, 3)));
        using CancellationTokenSource end = new();
        string? broken = null;
        Thread reader = new(() =>
        {
            while (!end.IsCancellationRequested && broken is null)
            {
                DeliveryCounts counts = bus["work"];
                if (!counts.IsConserved || counts.Running < 0 || counts.Queued < 0 || counts.Running > 3)
                {
                    broken = counts.ToString();
                }
            }
        });
        reader.Start();
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                await bus.PublishAsync(new Root((producer * Each) + i));
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));
        await bus.IdleAsync();
        await end.CancelAsync();
        reader.Join();

        Assert.True(broken is null, broken);
        Assert.Equal(Producers * Each, handled.Count);
        Assert.All(handled, static each => Assert.Equal(1, each.Value));
        Assert.True(most <= 3, $"{most}");
        Assert.Equal(0, bus["work"].Pending);
    }

    // inline, with subscriptions that come and go.
    [Fact]
    public async Task RuntimeSubscription_UnderStress_IsNotCalledAfterItsEnd()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("stays", async (root, _, _) =>
        {
            if (root.Number % 5 == 0)
            {
                await Task.Yield();
            }
        }).Inline());
        using CancellationTokenSource end = new();
        int late = 0;
        long published = 0;
        Task[] publishers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; !end.IsCancellationRequested; i++)
            {
                await bus.PublishAsync(new Root(i));
                Interlocked.Increment(ref published);
            }
        }))];
        DateTime until = DateTime.UtcNow.AddSeconds(8);
        while (DateTime.UtcNow < until && late == 0)
        {
            bool ended = false;
            IEventSubscription extra = bus.Bus.Subscribe<Root>("extra", (_, _, _) =>
            {
                if (Volatile.Read(ref ended))
                {
                    Interlocked.Increment(ref late);
                }

                return default;
            }, each => each.Inline());
            await ScenarioBus.Soon(extra.DisposeAsync().AsTask());
            Volatile.Write(ref ended, true);
        }

        await end.CancelAsync();
        await ScenarioBus.Soon(Task.WhenAll(publishers));
        await ScenarioBus.Soon(bus.Monitor.WhenSettledAsync().AsTask());

        Assert.Equal(0, late);
        EventBusStatistics statistics = bus.Monitor.GetStatistics();
        Assert.Equal((published, published), (statistics.Published, bus["stays"].Succeeded));
    }

    // the end of a stop, past a handler that blocks.
    [Fact]
    public async Task Stop_PastABlockingHandler_NeedsOneAbandonAfter()
    {
        using ManualResetEventSlim block = new();
        using CancellationTokenSource deadline = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("work", (_, _, _) =>
        {
            block.Wait();
            return default;
        }));
        await bus.PublishAsync(new Root(1));
        await UntilAsync(() => bus["work"].Running == 1);
        Task stopping = Assert.IsAssignableFrom<IHostedLifecycleService>(Assert.Single(bus.Services.GetServices<IHostedService>()))
            .StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await Task.Delay(300);
        bus.Clock.Advance(TimeSpan.FromSeconds(2.1));
        bool ended = await Task.WhenAny(stopping, Task.Delay(2000)) == stopping;
        block.Set();

        Assert.True(ended);
    }


    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Publish(ScenarioBus bus)
    {
        Root root = new(1);
        bus.PublishAsync(root).AsTask().Wait();
        return new WeakReference(root);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference SubscribeEndsItself(ScenarioBus bus)
    {
        object kept = new();
        IEventSubscription subscription = null!;
        subscription = bus.Bus.Subscribe<Other>("extra", async (_, _, _) =>
        {
            GC.KeepAlive(kept);
            await subscription.DisposeAsync();
        }, each => each.Inline());

        // On a thread that ends: what threads keep is another matter.
        Thread thread = new(() => bus.PublishAsync(new Other(1)).AsTask().Wait());
        thread.Start();
        thread.Join();
        return new WeakReference(kept);
    }

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }


    private static Task UntilAsync(Func<bool> condition) => ScenarioBus.Soon(Task.Run(async () =>
    {
        while (!condition())
        {
            await Task.Delay(1);
        }
    }));
}
