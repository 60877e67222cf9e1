using EventBus.DeadLettering;

namespace EventBus.Tests.Scenarios;

/// <summary>What a handler knows of its event, and how far a chain of events may go.</summary>
public sealed class ContextScenarios
{
    [Fact]
    public async Task Context_OfOneEvent_IsTheSameInEverySubscriptionAndAttempt()
    {
        List<(string Name, int Attempt, Guid Id)> seen = [];
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("inline", Note).Inline();
            builder.Subscribe<OrderPlaced>("queued", Note);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal(4, seen.Count);
        Assert.Single(seen.Select(each => each.Id).Distinct());
        Assert.Equal(7, seen[0].Id.Version);
        Assert.Equal([1, 2, 3], seen.Where(each => each.Name == "queued").Select(each => each.Attempt));

        ValueTask Note(OrderPlaced order, EventContext context, CancellationToken cancellationToken)
        {
            lock (seen)
            {
                seen.Add((context.SubscriptionName, context.Attempt, context.EventId));
            }

            throw new InvalidOperationException();
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task NestedPublish_FromAHandler_InheritsItsCause(bool inline, bool afterAwait)
    {
        EventMetadata? outer = null;
        EventMetadata? inner = null;
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> first = builder.Subscribe<OrderPlaced>("outer", async (_, context, _) =>
            {
                if (afterAwait)
                {
                    await Task.Yield();
                }

                outer = context.Metadata;
                await bus!.PublishAsync(new OrderCancelled("2"));
            });
            SubscriptionBuilder<OrderCancelled> second = builder.Subscribe<OrderCancelled>("inner", (_, context, _) =>
            {
                inner = context.Metadata;
                return default;
            });
            if (inline)
            {
                first.Inline();
                second.Inline();
            }
        });
        await using (bus)
        {
            await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { CorrelationId = "trace-7" });
            await bus.IdleAsync();

            Assert.Equal(("trace-7", 0, null), (outer!.CorrelationId, outer.HopCount, outer.CausationId));
            Assert.Equal(("trace-7", 1, outer.EventId), (inner!.CorrelationId, inner.HopCount, inner.CausationId));
            Assert.NotEqual(outer.EventId, inner.EventId);
        }
    }

    [Fact]
    public async Task Publish_AfterAnInlineHandlerHasEnded_IsNobodysChild()
    {
        List<int> hops = [];
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("sync", (_, context, _) => Note(context)).Inline();
            builder.Subscribe<OrderCancelled>("async", async (_, context, _) =>
            {
                await Task.Yield();
                await Note(context);
            }).Inline();
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        Task cancelling = bus.PublishAsync(new OrderCancelled("2")).AsTask();
        await bus.PublishAsync(new OrderPlaced("3"));
        await cancelling;
        await bus.PublishAsync(new OrderPlaced("4"));

        Assert.Equal([0, 0, 0, 0], hops);

        ValueTask Note(EventContext context)
        {
            lock (hops)
            {
                hops.Add(context.HopCount);
            }

            return default;
        }
    }

    [Fact]
    public async Task WorkLeftBehind_ByASynchronousHandler_IsNotTakenForALaterEvent()
    {
        EventMetadata? left = null;
        TaskCompletionSource insideSecond = new();
        TaskCompletionSource leftBehind = new();
        ScenarioBus? bus = null;
        Task? background = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("leaves-work", (order, _, _) =>
            {
                if (order.OrderId == "1")
                {
                    background = Task.Run(async () =>
                    {
                        await insideSecond.Task;
                        await bus!.PublishAsync(new OrderCancelled("left"));
                        leftBehind.SetResult();
                    });
                    return default;
                }

                insideSecond.SetResult();
#pragma warning disable xUnit1031 // The point is to be inside a synchronous handler while the other work goes on elsewhere.
                leftBehind.Task.Wait();
#pragma warning restore xUnit1031
                return default;
            }).Inline();
            builder.Subscribe<OrderCancelled>("sees", (_, context, _) =>
            {
                left = context.Metadata;
                return default;
            }).Inline();
        });
        await using (bus)
        {
            await ScenarioBus.Soon(Task.Run(async () =>
            {
                await bus.PublishAsync(new OrderPlaced("1"));
                await bus.PublishAsync(new OrderPlaced("2"));
            }));
            await ScenarioBus.Soon(background!);

            Assert.Null(left!.CausationId);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chain_DeeperThanSixteenHops_IsStoppedAsADeadLetter(bool inline)
    {
        int handled = 0;
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> loop = builder.Subscribe<OrderPlaced>("loop", async (order, _, _) =>
            {
                handled++;
                await bus!.PublishAsync(order);
            });
            if (inline)
            {
                loop.Inline();
            }
        });
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            await bus.IdleAsync();

            DeadLetter letter = await bus.OnlyLetterAsync();
            Assert.Equal((17, 17), (handled, letter.Metadata.HopCount));
            Assert.Equal((DeadLetterReason.RecursionLimit, 0), (letter.Reason, letter.Attempts));
        }
    }

    [Fact]
    public async Task Retries_OfALink_DoNotCountAsHops()
    {
        List<int> hops = [];
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("flaky", async (_, context, _) =>
            {
                if (context.Attempt < 3)
                {
                    throw new InvalidOperationException();
                }

                await bus!.PublishAsync(new OrderCancelled("2"));
            });
            builder.Subscribe<OrderCancelled>("end", (_, context, _) =>
            {
                hops.Add(context.HopCount);
                return default;
            });
        });
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            await bus.SettleAsync();

            Assert.Equal([1], hops);
        }
    }

    [Fact]
    public async Task AllowRecursion_OnASubscription_LiftsTheLimitForItAlone()
    {
        int handled = 0;
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("deep", async (order, _, _) =>
            {
                if (++handled < 40)
                {
                    await bus!.PublishAsync(order);
                }
            }).AllowRecursion();
            builder.Subscribe<OrderPlaced>("shallow", (_, _, _) => default);
        });
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            await bus.IdleAsync();

            Assert.Equal(40, handled);
            Assert.Equal((17, 23), (bus["shallow"].Succeeded, bus["shallow"].DeadLettered));
        }
    }

    [Fact]
    public async Task Context_UsedAfterItsHandler_SaysSo()
    {
        EventContext kept = default;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("keeps", (_, context, _) =>
        {
            kept = context;
            return default;
        }).Inline());

        await bus.PublishAsync(new OrderPlaced("1"));

        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => kept.EventId);
        Assert.Contains("context.Metadata", thrown.Message, StringComparison.Ordinal);
    }
}
