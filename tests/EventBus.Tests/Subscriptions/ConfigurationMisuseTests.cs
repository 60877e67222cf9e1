using EventBus.Subscriptions;

namespace EventBus.Tests.Subscriptions;

public sealed class ConfigurationMisuseTests
{
    private sealed record OrderPlaced;

    private sealed class Outer<T>
    {
        public T? Value { get; init; }

        public sealed class Reserve;

        public sealed class Bill;
    }

    [Fact]
    public void SubscriptionName_ClassesNestedInAGenericClass_HaveTwoNames()
    {
        Assert.NotEqual(SubscriptionName.Of(typeof(Outer<int>.Reserve)), SubscriptionName.Of(typeof(Outer<int>.Bill)));
        Assert.Contains("Reserve", SubscriptionName.Of(typeof(Outer<int>.Reserve)), StringComparison.Ordinal);
    }

    [Fact]
    public void SubscriptionValidator_NamesThatDifferInCaseAlone_AreRefused()
    {
        // The configuration does not tell them apart: one section would set both.
        SubscriptionDefinition<object> Make(string name) => new(name, _ => (_, _, _) => default);

        Assert.Single(SubscriptionValidator.Check([Make("stock"), Make("Stock")]));
    }

    [Fact]
    public void SubscriptionValidator_UndefinedInlineFailure_IsRefused()
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        new SubscriptionBuilder<object>(definition).Inline((InlineFailure)9);

        Assert.Single(SubscriptionValidator.Check(definition));
    }

    [Fact]
    public void BusConfiguration_MaxAgeAndPreset_TheMaxAgeStartsFromThePreset()
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        BusConfiguration configuration = new(TestStand.Configuration(
            ("EventBus:Subscriptions:s:MaxAge", "01:00:00"), ("EventBus:Subscriptions:s:Retry:Preset", "LambdaAsync")));

        Assert.Empty(configuration.Apply(definition));

        Assert.Equal(TimeSpan.FromHours(1), definition.MaxAge);
    }

    [Fact]
    public void Preset_ReplacedByOneWithoutAnAge_TakesItsAgeAlong()
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        new SubscriptionBuilder<object>(definition).Retry(RetryPreset.LambdaAsync);
        BusConfiguration configuration = new(TestStand.Configuration(("EventBus:Subscriptions:s:Retry:Preset", "StepFunctions")));

        Assert.Empty(configuration.Apply(definition));

        Assert.Null(definition.MaxAge);
    }

    [Theory]
    [InlineData("Retry", "3")]
    [InlineData("Queue", "100")]
    [InlineData("", "true")]
    [InlineData("Queue:FullMode", "Wait,Reject")]
    public void BusConfiguration_ValueWhereItMeansNothing_IsAProblem(string key, string value)
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        BusConfiguration configuration = new(TestStand.Configuration(($"EventBus:Subscriptions:s:{key}".TrimEnd(':'), value)));

        Assert.Single(configuration.Apply(definition));
    }

    [Fact]
    public async Task BusConfiguration_SectionOfASubscriptionMadeAtRunTime_IsWarnedOfAsUnusedSoFar()
    {
        await using var stand = TestStand.Build(_ => { }, logs: true, settings: ("EventBus:Subscriptions:live:Timeout", "00:00:01"));

        await using IEventSubscription subscription = stand.Bus.Subscribe<OrderPlaced>("live", (_, _, _) => default);

        Assert.Contains("so far", Assert.Single(stand.LogsOf(4004)).Message, StringComparison.Ordinal);
    }
}
