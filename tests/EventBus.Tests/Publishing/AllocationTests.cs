using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Publishing;

/// <summary>Holds the straight line to its promise: what no subscription asked for is not allocated.</summary>
[Collection(Alone.Name)]
public sealed class AllocationTests
{
    private const int Publishes = 10_000;

    private sealed record OrderPlaced(int Number);

    // A text to match: of a number, code that is not optimized makes an object to compare it with null.
    private sealed record OrderShipped(string Country);

    private readonly record struct Tick(int Number);

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(16, false)]
    [InlineData(1, true)]
    [InlineData(4, true)]
    [InlineData(16, true)]
    public async Task Publish_ToSynchronousInlineHandlers_AllocatesNothing(int handlers, bool filtered)
    {
        await using TestStand stand = Build<OrderPlaced>(handlers, filtered ? static order => order.Number >= 0 : null);
        OrderPlaced order = new(1);
        IEventPublisher<OrderPlaced> publisher = stand.Services.GetRequiredService<IEventPublisher<OrderPlaced>>();

        long throughBus = Measure(() => stand.Bus.PublishAsync(order, CancellationToken.None));
        long throughPublisher = Measure(() => publisher.PublishAsync(order, CancellationToken.None));

        Assert.Equal((0, 0), (throughBus, throughPublisher));
        Assert.Equal(2L * 2 * Publishes * handlers, stand.Monitor.GetStatistics().Total.Succeeded);
    }

    [Fact]
    public async Task Publish_OfAStruct_AllocatesNothing()
    {
        await using TestStand stand = Build<Tick>(4, null);

        Assert.Equal(0, Measure(() => stand.Bus.PublishAsync(new Tick(1), CancellationToken.None)));
    }

    [Fact]
    public async Task Publish_ThatEveryFilterTurnsAway_AllocatesNothing()
    {
        await using TestStand stand = Build<OrderPlaced>(4, static order => order.Number < 0);
        OrderPlaced order = new(1);

        Assert.Equal(0, Measure(() => stand.Bus.PublishAsync(order, CancellationToken.None)));
    }

    [Fact]
    public async Task Publish_WithATokenThatCanFire_AllocatesNothing()
    {
        await using TestStand stand = Build<OrderPlaced>(4, null);
        OrderPlaced order = new(1);
        using CancellationTokenSource cancellation = new();
        CancellationToken token = cancellation.Token;

        Assert.Equal(0, Measure(() => stand.Bus.PublishAsync(order, token)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Publish_ToInlineSubscriptionsWithPatterns_AllocatesNothing(int matching)
    {
        await using var stand = TestStand.Build(bus =>
        {
            for (int i = 0; i < 100; i++)
            {
                bus.Subscribe<OrderShipped>($"s{i}", static (_, _, _) => default).Inline()
                    .Matching($$"""{ "country": ["{{(i < matching ? "NO" : $"X{i}")}}"] }""").Where(static order => order.Country != null);
            }

            bus.Subscribe<OrderShipped>("all", static (_, _, _) => default).Inline();
        });
        OrderShipped order = new("NO");

        Assert.Equal(0, Measure(() => stand.Bus.PublishAsync(order, CancellationToken.None)));
        Assert.Equal(2L * Publishes * (matching + 1), stand.Monitor.GetStatistics().Total.Succeeded);
        Assert.Equal(2L * Publishes * (100 - matching), stand.Monitor.GetStatistics().Total.Filtered);
    }

    [Fact]
    public async Task Publish_ThroughABaseType_AllocatesNothing()
    {
        await using TestStand stand = Build<OrderPlaced>(4, null);
        object order = new OrderPlaced(1);

        Assert.Equal(0, Measure(() => stand.Bus.PublishAsync(order, CancellationToken.None)));
    }

    [Fact]
    public async Task Publish_ToHandlersOfABaseType_AllocatesNothing()
    {
        await using TestStand stand = Build<object>(4, null);
        OrderPlaced order = new(1);

        Assert.Equal(0, Measure(() => stand.Bus.PublishAsync(order, CancellationToken.None)));
    }

    [Fact]
    public async Task Publish_ToAHandlerThatAsksForMetadata_AllocatesForTheAnswer()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<OrderPlaced>("s", static (_, context, _) =>
            context.EventId == Guid.Empty ? throw new InvalidOperationException() : default).Inline());
        OrderPlaced order = new(1);

        // The measure itself can fail: what is asked for costs something.
        Assert.NotEqual(0, Measure(() => stand.Bus.PublishAsync(order, CancellationToken.None)));
    }

    private static TestStand Build<TEvent>(int handlers, Func<TEvent, bool>? filter)
        where TEvent : notnull => TestStand.Build(bus =>
        {
            for (int i = 0; i < handlers; i++)
            {
                SubscriptionBuilder<TEvent> builder = bus.Subscribe<TEvent>($"s{i}", static (_, _, _) => default).Inline();
                if (filter is not null)
                {
                    builder.Where(filter);
                }
            }
        });

    private static long Measure(Func<ValueTask> publish)
    {
        Run(publish);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(publish);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Run(Func<ValueTask> publish)
    {
        for (int i = 0; i < Publishes; i++)
        {
            ValueTask publishing = publish();
            if (!publishing.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("The publish left the straight line.");
            }

            publishing.GetAwaiter().GetResult();
        }
    }
}
