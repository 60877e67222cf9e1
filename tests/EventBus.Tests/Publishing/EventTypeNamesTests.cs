using EventBus.Publishing;

namespace EventBus.Tests.Publishing;

public sealed class EventTypeNamesTests
{
    private sealed record OrderPlaced;

    private readonly EventTypeNames _names = new();

    [Fact]
    public void Of_TypeWithoutAName_IsItsFullName() =>
        Assert.Equal("EventBus.Tests.Publishing.EventTypeNamesTests.OrderPlaced", _names.Of(typeof(OrderPlaced)));

    [Fact]
    public void Of_NamedType_IsTheChosenName()
    {
        Assert.Null(_names.Choose(typeof(OrderPlaced), "orders.placed"));

        Assert.Equal("orders.placed", _names.Of(typeof(OrderPlaced)));
    }

    [Fact]
    public void Choose_NameOfAnotherType_IsAProblemThatNamesBoth()
    {
        Assert.Null(_names.Choose(typeof(OrderPlaced), "same"));

        string? problem = _names.Choose(typeof(string), "same");

        Assert.StartsWith(
            "Two event types are named 'same': EventBus.Tests.Publishing.EventTypeNamesTests.OrderPlaced and System.String.",
            problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_TheSameTwice_IsNoProblem()
    {
        Assert.Null(_names.Choose(typeof(OrderPlaced), "same"));
        Assert.Null(_names.Choose(typeof(OrderPlaced), "same"));
    }
}
