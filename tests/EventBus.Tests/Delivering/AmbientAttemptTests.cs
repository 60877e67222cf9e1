using System.Runtime.CompilerServices;

namespace EventBus.Tests.Delivering;

/// <summary>Who is inside a handler, and who is not any more.</summary>
public sealed class AmbientAttemptTests
{
    private readonly List<EventMetadata> _effects = [];

    private sealed record Order(int Number);

    private sealed record Effect;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WorkLeftBehind_ByASynchronousHandler_IsNotInsideALaterHandlerThatWaits(bool inline)
    {
        TaskCompletionSource secondWaits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource leftHasPublished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? left = null;
        TestStand? stand = null;
        stand = Build(inline, (order, _, _) =>
        {
            if (order.Number == 2)
            {
                secondWaits.SetResult();
                return new ValueTask(leftHasPublished.Task);
            }

            left = Task.Run(async () =>
            {
                await secondWaits.Task;
                await Task.Yield();
                await TestStand.UntilAsync(() => stand!.Monitor.GetStatistics()["s"].Running == 1);
                await stand!.Bus.PublishAsync(new Effect(), CancellationToken.None);
                leftHasPublished.SetResult();
            });
            return default;
        });
        await using (stand)
        {
            await TestStand.OnThread(() =>
            {
                stand.Bus.PublishAsync(new Order(1), CancellationToken.None).AsTask().GetAwaiter().GetResult();
                stand.Bus.PublishAsync(new Order(2), CancellationToken.None).AsTask().GetAwaiter().GetResult();
            });
            await TestStand.UntilAsync(() => left is not null);
            await TestStand.Soon(left!);
            await stand.IdleAsync();

            Assert.Null(Assert.Single(_effects).CausationId);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handler_ThatGoesOnElsewhereBeforeItsCallHasReturned_IsInsideItsEvent(bool inline)
    {
        EventMetadata? cause = null;
        TestStand? stand = null;
        stand = Build(inline, async (_, context, _) =>
        {
            cause = context.Metadata;
            await new Elsewhere();
            await stand!.Bus.PublishAsync(new Effect(), CancellationToken.None);
            Elsewhere.Release();
        });
        await using (stand)
        {
            await stand.Bus.PublishAsync(new Order(1), CancellationToken.None);
            await stand.IdleAsync();

            Assert.Equal(cause!.EventId, Assert.Single(_effects).CausationId);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AmbientValue_SetByAnInlineHandler_DoesNotReachTheNextOne(bool watched)
    {
        AsyncLocal<string?> ambient = new();
        List<string?> seen = [];
        await using var stand = TestStand.Build(
            bus =>
            {
                for (int i = 0; i < 3; i++)
                {
                    bus.Subscribe<Order>($"s{i}", (_, context, _) =>
                    {
                        seen.Add(ambient.Value);
                        ambient.Value = context.SubscriptionName;
                        return default;
                    }).Inline();
                }
            },
            logs: watched);

        await stand.Bus.PublishAsync(new Order(1), CancellationToken.None);

        Assert.Equal([null, null, null], seen);
    }

    private TestStand Build(bool inline, Func<Order, EventContext, CancellationToken, ValueTask> handler) => TestStand.Build(bus =>
    {
        SubscriptionBuilder<Order> builder = bus.Subscribe("s", handler);
        _ = inline ? builder.Inline() : builder.Queue(static queue => queue.MaxConcurrency = 1);
        bus.Subscribe<Effect>("effects", (_, context, _) =>
        {
            _effects.Add(context.Metadata);
            return default;
        }).Inline();
    });

    /// <summary>Goes on on another thread, and keeps its own until that has come to a point.</summary>
    private readonly struct Elsewhere : ICriticalNotifyCompletion
    {
        private static readonly SemaphoreSlim Released = new(0);

        public bool IsCompleted => false;

        public static void Release() => Released.Release();

        public Elsewhere GetAwaiter() => this;

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            Thread other = new(() => continuation());
            other.UnsafeStart();
            Released.Wait(TimeSpan.FromSeconds(5));
        }

        public void GetResult()
        {
        }
    }
}
