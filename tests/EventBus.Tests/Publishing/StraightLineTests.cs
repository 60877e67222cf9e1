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

        OnAThread(() => bus.PublishAsync(new Root(1)).AsTask().Wait(), () => bus.PublishAsync(new Root(2)).AsTask().Wait());

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

    // B2: the same, and it deadlocks the worker for ever.
    [Fact]
    public async Task PublishFromAnotherThreadInsideAHandlerToItsOwnFullQueue_Overflows()
    {
        TaskCompletionSource full = new();
        ScenarioBus bus = null!;
        bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("self", async (root, _, _) =>
        {
            if (root.Number == 0)
            {
                full.Task.Wait();
                var publishing = Task.Run(() => bus.PublishAsync(new Root(9)).AsTask());
                Thread.Sleep(200);
                await publishing;
            }
        }).Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1)));
        await using (bus)
        {
            await bus.PublishAsync(new Root(0));
            await UntilAsync(() => bus["self"].Running == 1);
            await bus.PublishAsync(new Root(1));
            full.SetResult();
            await bus.Monitor.WhenIdleAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(8));

            Assert.Equal((3, 1), (bus["self"].Succeeded, bus["self"].Overflowed));
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
        await UntilAsync(() => bus["unique"].Running == 1);
        await bus.PublishAsync(new Root(1));
        Task third = bus.PublishAsync(new Root(2)).AsTask();
        gate.SetResult();
        await ScenarioBus.Soon(third);
        await bus.IdleAsync();

        Assert.Equal((3, 0), (bus["unique"].Succeeded, bus["unique"].Filtered));
    }




    // the context of a worker's slot, once seen outside, passes for outside for ever.
    [Fact]
    public async Task PublishInsideAQueuedHandler_AfterWorkLeftBehindHasPublishedOnTheSameThread_HasItsCause()
    {
        ConcurrentQueue<Child> withoutCause = new();
        int children = 0;
        ScenarioBus bus = null!;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<Root>("parent", (_, _, _) =>
            {
                _ = Task.Run(() => bus.PublishAsync(new Child(-1)).AsTask());
                return bus.PublishAsync(new Child(1));
            });
            builder.Subscribe<Child>("child", (child, context, _) =>
            {
                if (child.Number == 1)
                {
                    Interlocked.Increment(ref children);
                    if (context.CausationId is null)
                    {
                        withoutCause.Enqueue(child);
                    }
                }

                return default;
            });
        });
        await using (bus)
        {
            for (int i = 0; i < 500; i++)
            {
                await bus.PublishAsync(new Root(i));
                await Task.Delay(1);
            }

            await bus.IdleAsync();
            Assert.Equal(500, children);
            Assert.True(withoutCause.IsEmpty, $"{withoutCause.Count} of 500 without a cause");
        }
    }

    // what a thread keeps.
    [Fact]
    public void HandlerOfABusThatIsDisposed_IsLetGoOf()
    {
        WeakReference handler = PublishOnceAndDispose();
        Collect();

        Assert.False(handler.IsAlive);
    }

    [Fact]
    public async Task HandlerOfASubscriptionThatIsDisposed_IsLetGoOf()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        WeakReference handler = SubscribePublishDispose(bus);
        Collect();

        Assert.False(handler.IsAlive);
    }

    // the letter of a handler that blocked through the shutdown.
    [Fact]
    public async Task LetterOfAHandlerThatBlocksThroughTheShutdown_HasItsAttempt()
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
        await StopPastTheDeadlineAsync(bus, deadline);
        DeadLetter letter = await bus.OnlyLetterAsync();
        block.Set();

        Assert.Equal(1, letter.Attempts);
    }

    // nothing is pending, and WhenSettled does not end.
    [Fact]
    public async Task WhenSettled_AfterABlockingHandlerWasGivenUp_Ends()
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
        await StopPastTheDeadlineAsync(bus, deadline);
        long pending = bus["work"].Pending;
        bool ended = await Task.WhenAny(bus.Monitor.WhenSettledAsync().AsTask(), Task.Delay(3000)) is not Task<bool>
            && await EndsAsync(bus.Monitor.WhenSettledAsync().AsTask());
        block.Set();

        Assert.Equal(0, pending);
        Assert.True(ended);
    }

    // the exception of a handler that was given up is seen by nobody.
    [Fact]
    public async Task LateFailureOfAHandlerThatWasGivenUp_IsObserved()
    {
        string? unobserved = null;
        EventHandler<UnobservedTaskExceptionEventArgs> note = (_, args) =>
        {
            if (args.Exception.ToString().Contains("late failure", StringComparison.Ordinal))
            {
                unobserved = args.Exception.ToString();
            }
        };
        TaskScheduler.UnobservedTaskException += note;
        try
        {
            await BlockAndFailAsync();
            for (int i = 0; i < 10 && unobserved is null; i++)
            {
                Collect();
                await Task.Delay(50);
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= note;
        }

        Assert.Null(unobserved);
    }

    // Published goes back while a table is replaced.
    [Fact]
    public async Task Published_WhileSubscriptionsComeAndGo_NeverDecreases()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("stays", (_, _, _) => default).Inline());
        using CancellationTokenSource end = new();
        Exception? failure = null;
        Thread reader = new(() =>
        {
            long last = 0;
            while (!end.IsCancellationRequested && failure is null)
            {
                long now = bus.Monitor.GetStatistics().Published;
                if (now < last)
                {
                    failure = new InvalidOperationException($"{last} then {now}");
                }

                last = now;
            }
        });
        reader.Start();
        DateTime until = DateTime.UtcNow.AddSeconds(10);
        while (DateTime.UtcNow < until && failure is null)
        {
            for (int i = 0; i < 10; i++)
            {
                await bus.PublishAsync(new Root(i));
            }

            IEventSubscription extra = bus.Bus.Subscribe<Root>("extra", (_, _, _) => default, each => each.Inline());
            await bus.PublishAsync(new Root(1));
            await extra.DisposeAsync();
        }

        await end.CancelAsync();
        reader.Join();
        Assert.Null(failure);
    }



    private static async Task BlockAndFailAsync()
    {
        using ManualResetEventSlim block = new();
        using CancellationTokenSource deadline = new();
        int ended = 0;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("work", async (_, _, _) =>
        {
            block.Wait();
            Interlocked.Increment(ref ended);
            throw new InvalidOperationException("late failure");
        }));
        await bus.PublishAsync(new Root(1));
        await UntilAsync(() => bus["work"].Running == 1);
        await StopPastTheDeadlineAsync(bus, deadline);
        block.Set();
        await UntilAsync(() => Volatile.Read(ref ended) == 1);
        await Task.Delay(200);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference PublishOnceAndDispose()
    {
        object kept = new();
        ServiceCollection services = new();
        services.AddEventBus(builder => builder.Subscribe<Child>("in", (_, _, _) =>
        {
            GC.KeepAlive(kept);
            return default;
        }).Inline());
        using ServiceProvider provider = services.BuildServiceProvider();
        IEventBus bus = provider.GetRequiredService<IEventBus>();
        bus.PublishAsync(new Child(1)).AsTask().Wait();
        bus.PublishAsync(new Child(1)).AsTask().Wait();
        return new WeakReference(kept);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference SubscribePublishDispose(ScenarioBus bus)
    {
        object kept = new();
        IEventSubscription subscription = bus.Bus.Subscribe<Child>("extra", (_, _, _) =>
        {
            GC.KeepAlive(kept);
            return default;
        }, each => each.Inline());
        bus.PublishAsync(new Child(1)).AsTask().Wait();
        bus.PublishAsync(new Child(1)).AsTask().Wait();
        subscription.DisposeAsync().AsTask().Wait();
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

    private static async Task<bool> EndsAsync(Task task) => await Task.WhenAny(task, Task.Delay(3000)) == task;

    private static async Task StopPastTheDeadlineAsync(ScenarioBus bus, CancellationTokenSource deadline)
    {
        Task stopping = Assert.IsAssignableFrom<IHostedLifecycleService>(Assert.Single(bus.Services.GetServices<IHostedService>()))
            .StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(2.1));
            return stopping.IsCompleted;
        });
        await ScenarioBus.Soon(stopping);
    }

    private static void OnAThread(params Action[] steps)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                foreach (Action step in steps)
                {
                    step();
                }
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static Task UntilAsync(Func<bool> condition) => ScenarioBus.Soon(Task.Run(async () =>
    {
        while (!condition())
        {
            await Task.Delay(1);
        }
    }));
}
