using EventBus.DeadLettering;

namespace EventBus.Tests.DeadLettering;

public sealed class DeadLetterQueryTests
{
    private static readonly Guid EventId = Guid.NewGuid();

    private static readonly DeadLetter Letter = Sample.Letter(
        "inventory",
        DeadLetterReason.TimedOut,
        Sample.Metadata(EventId, "orders.placed", "conversation"),
        Sample.Noon);

    public static TheoryData<string, DeadLetterQuery, bool> Conditions => new()
    {
        { "none", new DeadLetterQuery(), true },
        { "subscription", new DeadLetterQuery { Subscription = "inventory" }, true },
        { "other subscription", new DeadLetterQuery { Subscription = "billing" }, false },
        { "subscription in another case", new DeadLetterQuery { Subscription = "Inventory" }, false },
        { "reason", new DeadLetterQuery { Reason = DeadLetterReason.TimedOut }, true },
        { "other reason", new DeadLetterQuery { Reason = DeadLetterReason.RetriesExhausted }, false },
        { "type", new DeadLetterQuery { TypeName = "orders.placed" }, true },
        { "other type", new DeadLetterQuery { TypeName = "orders.shipped" }, false },
        { "event", new DeadLetterQuery { EventId = EventId }, true },
        { "other event", new DeadLetterQuery { EventId = Guid.Empty }, false },
        { "conversation", new DeadLetterQuery { CorrelationId = "conversation" }, true },
        { "other conversation", new DeadLetterQuery { CorrelationId = "talk" }, false },
        { "from its time", new DeadLetterQuery { From = Sample.Noon }, true },
        { "from later", new DeadLetterQuery { From = Sample.Noon.AddTicks(1) }, false },
        { "before its time", new DeadLetterQuery { Before = Sample.Noon }, false },
        { "before later", new DeadLetterQuery { Before = Sample.Noon.AddTicks(1) }, true },
        { "limit does not count", new DeadLetterQuery { Limit = 0 }, true },
        {
            "all that hold",
            new DeadLetterQuery
            {
                Subscription = "inventory",
                Reason = DeadLetterReason.TimedOut,
                TypeName = "orders.placed",
                EventId = EventId,
                CorrelationId = "conversation",
                From = Sample.Noon,
                Before = Sample.Noon.AddDays(1),
            },
            true
        },
        { "one of two that does not hold", new DeadLetterQuery { Subscription = "inventory", TypeName = "orders.shipped" }, false },
    };

    [Theory]
    [MemberData(nameof(Conditions), DisableDiscoveryEnumeration = true)]
    public void Matches_Condition_Decides(string condition, DeadLetterQuery query, bool expected)
    {
        Assert.NotNull(condition);
        Assert.Equal(expected, query.Matches(Letter));
    }

    [Fact]
    public void Matches_Null_Throws() => Assert.Throws<ArgumentNullException>(() => new DeadLetterQuery().Matches(null!));
}
