#pragma warning disable xUnit1031, xUnit1051, CA1031, CA2012, IDE0058, IDE0005
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Tests.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;


namespace EventBus.Tests.Publishing;

/// <summary>What a reviewer could break of it, by the public API alone.</summary>
public sealed class StraightLineTests
{
    private sealed record Child(int Number);

    private sealed record Root(int Number);

    // the attempt narrowed by a handler that waited is reused without being widened.
    [Fact]
    public async Task ContextOfEachInlineHandler_AfterTheLastOneHasWaitedOnce_Answers()
    {
        ConcurrentQueue<string> seen = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<Root>("first", (_, context, _) =>
            {
                seen.Enqueue(context.SubscriptionName);
                return default;
            }).Inline();
            builder.Subscribe<Root>("second", async (root, context, _) =>
            {
                seen.Enqueue(context.SubscriptionName);
                if (root.Number == 1)
                {
                    await Task.Yield();
                }
            }).Inline();
        });

        // On one thread, which keeps the attempt of the first publish for the second.
        await TestStand.OnThread(() =>
        {
            bus.PublishAsync(new Root(1)).AsTask().Wait();
            bus.PublishAsync(new Root(2)).AsTask().Wait();
        });

        Assert.Equal("first second first second", string.Join(" ", seen));
        Assert.Equal((2, 0), (bus["second"].Succeeded, bus["second"].DeadLettered + bus["second"].WaitingForRetry));
    }

    // a synchronous queued handler that publishes from another thread.
    [Fact]
    public async Task PublishFromAnotherThreadInsideABlockingQueuedHandler_HasItsCause()
    {
        Guid parent = default;
        Guid? cause = null;
        ScenarioBus bus = null!;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<Root>("parent", (_, context, _) =>
            {
                parent = context.EventId;
                Task.Run(() => bus.PublishAsync(new Child(1)).AsTask()).Wait();
                return default;
            });
            builder.Subscribe<Child>("child", (_, context, _) =>
            {
                cause = context.CausationId;
                return default;
            });
        });
        await using (bus)
        {
            await bus.PublishAsync(new Root(1));
            await bus.IdleAsync();

            Assert.Equal(parent, cause);
        }
    }


    // asked twice.
    [Fact]
    public async Task PredicateOfAFullQueue_IsAskedOnce()
    {
        ConcurrentDictionary<int, bool> seen = new();
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Root>("unique", async (_, _, _) => await gate.Task)
            .Where(root => seen.TryAdd(root.Number, true))
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1)));
        await bus.PublishAsync(new Root(0));
        await TestStand.UntilAsync(() => bus["unique"].Running == 1);
        await bus.PublishAsync(new Root(1));
        Task third = bus.PublishAsync(new Root(2)).AsTask();
        gate.SetResult();
        await ScenarioBus.Soon(third);
        await bus.IdleAsync();

        Assert.Equal((3, 0), (bus["unique"].Succeeded, bus["unique"].Filtered));
    }
}
