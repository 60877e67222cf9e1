using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace EventBus.Tests.Publishing;

/// <summary>What a thread keeps for its next publish keeps nothing alive that is over.</summary>
public sealed class StraightLineMemoryTests
{
    /// <summary>Public: a pattern reads it.</summary>
    public sealed record Order(Guid Id, string Country = "NO");

    [Theory]
    [InlineData("pattern")]
    [InlineData("queued")]
    [InlineData("yields")]
    public async Task DisposedBus_OnWhichAThreadPublished_IsCollected(string kind)
    {
        await WithThreadAsync(async publisher =>
        {
            (WeakReference bus, WeakReference handler) = await MakeAndDisposeAsync(publisher, kind);

            Assert.Equal((false, false), (await IsKeptAsync(bus), await IsKeptAsync(handler)));
        });
    }

    [Theory]
    [InlineData("pattern")]
    [InlineData("queued")]
    [InlineData("yields")]
    public async Task DisposedSubscription_ToWhichAThreadPublished_IsCollected(string kind)
    {
        await using var stand = TestStand.Build(static _ => { });
        await WithThreadAsync(async publisher =>
        {
            WeakReference handler = await SubscribeAndDisposeAsync(stand.Bus, publisher, kind);

            Assert.False(await IsKeptAsync(handler));
        });
    }

    [Theory]
    [InlineData("inline")]
    [InlineData("where")]
    [InlineData("pattern")]
    [InlineData("yields")]
    public async Task Event_ThatWasHandled_IsCollected(string kind)
    {
        await using var stand = TestStand.Build(bus => Configure(bus.Subscribe<Order>("s", new Target(kind).HandleAsync), kind));
        await WithThreadAsync(async publisher =>
        {
            WeakReference handled = await publisher(Publish);

            Assert.False(await IsKeptAsync(handled));
        });

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Publish()
        {
            Order order = new(Guid.Empty);
            stand.Bus.PublishAsync(order, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return new WeakReference(order);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(WeakReference Bus, WeakReference Handler)> MakeAndDisposeAsync(
        Func<Func<WeakReference>, Task<WeakReference>> publisher, string kind)
    {
        Target target = new(kind);
        var stand = TestStand.Build(bus => Configure(bus.Subscribe<Order>("s", target.HandleAsync), kind));
        await publisher(() =>
        {
            PublishSome(stand.Bus);
            return new WeakReference(null);
        });
        await stand.IdleAsync();
        await ((IAsyncDisposable)stand.Services).DisposeAsync();
        return (new WeakReference(stand.Bus), new WeakReference(target));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> SubscribeAndDisposeAsync(
        IEventBus bus, Func<Func<WeakReference>, Task<WeakReference>> publisher, string kind)
    {
        Target target = new(kind);
        IEventSubscription subscription = bus.Subscribe<Order>("s", target.HandleAsync, builder => Configure(builder, kind));
        await publisher(() =>
        {
            PublishSome(bus);
            return new WeakReference(null);
        });
        await subscription.DisposeAsync();
        return new WeakReference(target);
    }

    private static void PublishSome(IEventBus bus)
    {
        for (int i = 0; i < 3; i++)
        {
            bus.PublishAsync(new Order(Guid.Empty), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
    }

    private static void Configure(SubscriptionBuilder<Order> builder, string kind)
    {
        if (kind != "queued")
        {
            builder.Inline();
        }

        if (kind == "where")
        {
            builder.Where(static order => order.Country == "NO");
        }

        if (kind == "pattern")
        {
            builder.Matching("""{ "country": ["NO"] }""");
        }
    }

    // A thread that publishes, and lives until the check is over.
    private static async Task WithThreadAsync(Func<Func<Func<WeakReference>, Task<WeakReference>>, Task> check)
    {
        using BlockingCollection<Action> given = [];
        Task thread = TestStand.OnThread(() =>
        {
            while (TryRunNext(given))
            {
            }
        });
        try
        {
            await check(work =>
            {
                TaskCompletionSource<WeakReference> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
                given.Add(() => done.SetResult(work()));
                return done.Task;
            });
        }
        finally
        {
            given.CompleteAdding();
            await thread;
        }
    }

    // A frame of its own: a loop would keep on its stack what it has run last.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryRunNext(BlockingCollection<Action> given)
    {
        if (!given.TryTake(out Action? work, Timeout.Infinite))
        {
            return false;
        }

        work();
        return true;
    }

    private static async Task<bool> IsKeptAsync(WeakReference reference)
    {
        for (int i = 0; i < 20 && reference.IsAlive; i++)
        {
            // Off the stack of whatever has just completed.
            await Task.Yield();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return reference.IsAlive;
    }

    private sealed class Target(string kind)
    {
        public async ValueTask HandleAsync(Order order, EventContext context, CancellationToken cancellationToken)
        {
            if (kind == "yields" && context.EventId != order.Id && !cancellationToken.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }
}
