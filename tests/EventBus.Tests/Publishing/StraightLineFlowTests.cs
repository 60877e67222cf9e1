namespace EventBus.Tests.Publishing;

/// <summary>What flows with an inline handler: its cause, its ambient values, its context.</summary>
public sealed class StraightLineFlowTests
{
    private readonly List<(string Name, EventMetadata Metadata)> _caused = [];

    private sealed record Order(int Number);

    private sealed record Effect(string By);

    private sealed record QueuedEffect(string By);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Publish_FromSeveralInlineHandlersOfWhichSomeYield_HasTheirEventAsItsCause(bool queued, bool cancellable)
    {
        EventMetadata? cause = null;
        TestStand? stand = null;
        stand = Build((name, yields) => async (_, context, _) =>
        {
            if (yields)
            {
                // Until the publisher's thread has come to wait for this handler.
                await TestStand.UntilAsync(() => stand!.Monitor.GetStatistics()[name].Running == 1);
            }

            cause = context.Metadata;
            await PublishEffectAsync();
            if (yields)
            {
                await Task.Yield();
                await PublishEffectAsync();
            }

            ValueTask PublishEffectAsync() => queued
                ? stand!.Bus.PublishAsync(new QueuedEffect(name), CancellationToken.None)
                : stand!.Bus.PublishAsync(new Effect(name), CancellationToken.None);
        });
        await using (stand)
        {
            for (int round = 0; round < 20; round++)
            {
                _caused.Clear();
                await stand.Bus.PublishAsync(new Order(round), cancellable ? TestStand.Cancellation : CancellationToken.None);
                await stand.IdleAsync();

                Assert.Equal(["a", "b", "b", "c", "d", "d", "e"], _caused.Select(static each => each.Name));
                Assert.All(_caused, each => Assert.Equal(
                    (cause!.EventId, cause.CorrelationId, 1),
                    (each.Metadata.CausationId, each.Metadata.CorrelationId, each.Metadata.HopCount)));
            }
        }
    }

    [Fact]
    public async Task Publish_AfterAPublishWhoseHandlersYielded_HasNoCause()
    {
        await using TestStand stand = Build(static (_, yields) => (_, _, _) => yields ? YieldAsync() : default);
        for (int i = 0; i < 20; i++)
        {
            Task publishing = stand.Bus.PublishAsync(new Order(i), CancellationToken.None).AsTask();
            await stand.Bus.PublishAsync(new Effect("during"), CancellationToken.None);
            await publishing;
            await stand.Bus.PublishAsync(new Effect("after"), CancellationToken.None);
        }

        Assert.Equal(40, _caused.Count);
        Assert.All(_caused, static each => Assert.Equal((null, 0), (each.Metadata.CausationId, each.Metadata.HopCount)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WorkLeftBehind_ByAnInlineHandler_HasNoCauseOnceItsPublishHasEnded(bool yields)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? left = null;
        TestStand? stand = null;
        stand = Build((name, _) => async (_, _, _) =>
        {
            if (yields)
            {
                await Task.Yield();
            }

            if (name == "b")
            {
                left = Task.Run(async () =>
                {
                    await ended.Task;
                    await stand!.Bus.PublishAsync(new Effect("left"), CancellationToken.None);
                });
            }
        });
        await using (stand)
        {
            await stand.Bus.PublishAsync(new Order(1), CancellationToken.None);
            ended.SetResult();
            await TestStand.Soon(left!);

            Assert.Null(Assert.Single(_caused).Metadata.CausationId);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task AmbientValue_SetByInlineHandlers_DoesNotReachThePublisher(bool yields, bool cancellable)
    {
        AsyncLocal<string?> ambient = new();
        List<string?> seen = [];
        await using TestStand stand = Build((name, _) => (order, _, _) =>
        {
            seen.Add(name == "a" ? ambient.Value : "");
            ambient.Value = name;
            return order.Number % 3 == 2 ? throw new InvalidOperationException() : yields ? YieldAsync() : default;
        });
        ambient.Value = "publisher";

        for (int i = 0; i < 12; i++)
        {
            ValueTask publishing = stand.Bus.PublishAsync(new Order(i), cancellable ? TestStand.Cancellation : CancellationToken.None);
            Assert.Equal("publisher", ambient.Value);
            await publishing;
            Assert.Equal("publisher", ambient.Value);
        }

        Assert.All(seen.Where(static each => each != ""), static each => Assert.Equal("publisher", each));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Context_UsedAfterItsPublish_SaysSo(bool yields)
    {
        List<EventContext> kept = [];
        await using TestStand stand = Build((_, mayYield) => (_, context, _) =>
        {
            kept.Add(context);
            return yields && mayYield ? YieldAsync() : default;
        });

        for (int i = 0; i < 10; i++)
        {
            await stand.Bus.PublishAsync(new Order(i), CancellationToken.None);

            Assert.All(kept, static each => Assert.Throws<InvalidOperationException>(() => each.EventId));
            Assert.All(kept, static each => Assert.Throws<InvalidOperationException>(() => each.SubscriptionName));
            Assert.All(kept, static each => Assert.Throws<InvalidOperationException>(() => each.Deadline));
        }

        Assert.Equal(50, kept.Count);
    }

    [Fact]
    public async Task Token_CancelledBetweenTwoInlineHandlers_EndsTheRestAsDeadLetters()
    {
        foreach (bool yields in new[] { false, true })
        {
            using CancellationTokenSource cancellation = new();
            List<string> called = [];
            await using TestStand stand = Build((name, _) => async (_, _, _) =>
            {
                called.Add(name);
                if (name == "b")
                {
                    if (yields)
                    {
                        await Task.Yield();
                    }

                    await cancellation.CancelAsync();
                }
            });

            await stand.Bus.PublishAsync(new Order(1), cancellation.Token);
            await stand.Bus.PublishAsync(new Order(2), CancellationToken.None);

            Assert.Equal(["a", "b", "a", "b", "c", "d", "e"], called);
            Assert.Equal(["c", "d", "e"], (await stand.LettersAsync()).Select(static letter => letter.Subscription).Order());
            Assert.All(await stand.LettersAsync(), static letter => Assert.Equal(DeadLetterReason.PublishCancelled, letter.Reason));
            Assert.Equal(7, stand.Monitor.GetStatistics().Total.Succeeded);
        }
    }

    private static async ValueTask YieldAsync() => await Task.Yield();

    // Five inline handlers, the second and fourth of which yield.
    private TestStand Build(Func<string, bool, Func<Order, EventContext, CancellationToken, ValueTask>> handlerOf) => TestStand.Build(bus =>
    {
        string[] names = ["a", "b", "c", "d", "e"];
        for (int i = 0; i < names.Length; i++)
        {
            bus.Subscribe(names[i], handlerOf(names[i], i % 2 == 1)).Inline();
        }

        bus.Subscribe<Effect>("effects", (effect, context, _) => Note(effect.By, context)).Inline();
        bus.Subscribe<QueuedEffect>("queued", (effect, context, _) => Note(effect.By, context))
            .Queue(static queue => queue.MaxConcurrency = 1);
    });

    private ValueTask Note(string by, EventContext context)
    {
        lock (_caused)
        {
            _caused.Add((by, context.Metadata));
        }

        return default;
    }
}
