namespace EventBus.Tests.Publishing;

/// <summary>Each of several inline handlers has a context of its own, though they share one attempt.</summary>
public sealed class StraightLineContextTests
{
    private readonly List<string> _faults = [];
    private IEventBusMonitor? _monitor;

    /// <summary>Public: a pattern reads it.</summary>
    public sealed record Order(int Yielding, string Country = "NO");

    public static TheoryData<int, string> Handlers
    {
        get
        {
            TheoryData<int, string> handlers = [];
            foreach (string kind in new[] { "", "token", "where", "pattern" })
            {
                // 0: none yields; else the bits of those that do.
                foreach (int yielding in new[] { 0, 1, 2, 4, 3, 5, 6, 7 })
                {
                    handlers.Add(yielding, kind);
                }
            }

            return handlers;
        }
    }

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Context_OfEachInlineHandler_IsItsOwn(int yielding, string kind)
    {
        await using TestStand stand = Build(kind);
        _monitor = stand.Monitor;

        await PublishAsync(stand, yielding, kind);

        Assert.Empty(_faults);
        Assert.Equal((3, 0), (stand.Monitor.GetStatistics().Total.Succeeded, stand.Monitor.GetStatistics().Total.DeadLettered));
    }

    private TestStand Build(string kind) => TestStand.Build(bus =>
    {
        for (int i = 0; i < 3; i++)
        {
            int place = i;
            SubscriptionBuilder<Order> builder = bus.Subscribe<Order>(
                $"s{place}", (order, context, _) => HandleAsync(place, order, context)).Inline();
            if (kind == "where")
            {
                builder.Where(static order => order.Country == "NO");
            }
            else if (kind == "pattern" && place > 0)
            {
                builder.Matching("""{ "country": ["NO"] }""");
            }
        }
    });

    private static ValueTask PublishAsync(TestStand stand, int yielding, string kind) =>
        stand.Bus.PublishAsync(new Order(yielding), kind == "token" ? TestStand.Cancellation : CancellationToken.None);

    private async ValueTask HandleAsync(int place, Order order, EventContext context)
    {
        Check(place, context);
        DateTimeOffset? deadline = context.Deadline;
        Guid id = context.EventId;
        if ((order.Yielding & (1 << place)) != 0)
        {
            // Until the publisher's thread has come to wait for this handler.
            await TestStand.UntilAsync(() => _monitor!.GetStatistics()[$"s{place}"].Running == 1);
            Check(place, context);
        }

        if (deadline != context.Deadline || deadline is null || id != context.EventId)
        {
            Add($"{place}: {deadline} is {context.Deadline}");
        }
    }

    private void Check(int place, EventContext context)
    {
        if (context.SubscriptionName != $"s{place}" || context.Attempt != 1)
        {
            Add($"{place} is {context.SubscriptionName}");
        }
    }

    private void Add(string fault)
    {
        lock (_faults)
        {
            _faults.Add(fault);
        }
    }
}
