using EventBus.Diagnostics;
using EventBus.Publishing;

namespace EventBus.Tests.Publishing;

public sealed class EventBusOptionsValidatorTests
{
    [Fact]
    public void Check_Defaults_AreValid() => Assert.Empty(EventBusOptionsValidator.Check(new EventBusOptions()));

    [Fact]
    public void Check_BoundaryValues_AreValid() => Assert.Empty(EventBusOptionsValidator.Check(new EventBusOptions
    {
        DeadLetterCapacity = 1,
        MaxHops = 1,
        AbandonAfter = TimeSpan.Zero,
        DrainTimeout = TimeSpan.Zero,
        DeduplicationWindow = TimeSpan.FromTicks(1),
        DegradedQueueFill = 1,
        DegradedDeadLetters = 1,
        TraceParenting = TraceParenting.Link,
    }));

    [Fact]
    public void Check_Capacity_MustBeAboveZero() => AssertProblem(options => options.DeadLetterCapacity = 0, "DeadLetterCapacity is 0.");

    [Fact]
    public void Check_MaxHops_MustBeAboveZero() => AssertProblem(options => options.MaxHops = 0, "MaxHops is 0.");

    [Fact]
    public void Check_AbandonAfter_MustNotBeNegative() =>
        AssertProblem(options => options.AbandonAfter = TimeSpan.FromTicks(-1), "AbandonAfter is -");

    [Fact]
    public void Check_DrainTimeout_MustNotBeNegative() =>
        AssertProblem(options => options.DrainTimeout = TimeSpan.FromTicks(-1), "DrainTimeout is -");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Check_DeduplicationWindow_MustBeAboveZero(int ticks) =>
        AssertProblem(options => options.DeduplicationWindow = TimeSpan.FromTicks(ticks), "DeduplicationWindow is ");

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void Check_DegradedQueueFill_MustBeAShare(double fill) =>
        AssertProblem(options => options.DegradedQueueFill = fill, "DegradedQueueFill is ");

    [Fact]
    public void Check_DegradedDeadLetters_MustBeAboveZero() =>
        AssertProblem(options => options.DegradedDeadLetters = 0, "DegradedDeadLetters is 0.");

    [Fact]
    public void Check_TraceParenting_MustBeDefined() =>
        AssertProblem(options => options.TraceParenting = (TraceParenting)9, "TraceParenting is 9, which does not exist.");

    private static void AssertProblem(Action<EventBusOptions> break_, string start)
    {
        EventBusOptions options = new();
        break_(options);

        string problem = Assert.Single(EventBusOptionsValidator.Check(options));

        Assert.StartsWith(start, problem, StringComparison.Ordinal);
        Assert.Contains("Write ", problem, StringComparison.Ordinal);
    }
}
