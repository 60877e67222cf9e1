using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Filtering;
using EventBus.Subscriptions;

namespace EventBus.Tests.Filtering;

public sealed class EventFilterTests : IDisposable
{
    private readonly Telemetry _telemetry = Sample.Telemetry();
    private readonly AlarmClock _alarms = new(TimeProvider.System);

    public void Dispose()
    {
        _telemetry.Dispose();
        _alarms.Dispose();
    }

    [Fact]
    public void Judge_WithoutPredicate_WantsEveryEvent()
    {
        EventFilter<string> filter = Filter<string, string>();

        Assert.Null(filter.Predicate);
        Assert.Equal(new FilterVerdict(IsMatch: true, Failure: null), filter.Judge("a", "t", _telemetry));
    }

    [Theory]
    [InlineData("ab", true)]
    [InlineData("a", false)]
    [InlineData("b", false)]
    public void Judge_SeveralPredicates_WantsWhatPassesAll(string text, bool expected)
    {
        EventFilter<string> filter = Filter<string, string>(each => each.Contains('a'), each => each.Contains('b'));

        Assert.Equal(new FilterVerdict(expected, Failure: null), filter.Judge(text, "t", _telemetry));
    }

    [Fact]
    public void Judge_FirstPredicateTurnsAway_DoesNotAskTheSecond()
    {
        EventFilter<string> filter = Filter<string, string>(_ => false, _ => throw new InvalidOperationException());

        Assert.Equal(new FilterVerdict(IsMatch: false, Failure: null), filter.Judge("a", "t", _telemetry));
    }

    [Fact]
    public void Judge_PredicateThatThrows_MatchesWithTheFailure()
    {
        InvalidOperationException thrown = new();
        EventFilter<string> filter = Filter<string, string>(_ => throw thrown);

        Assert.Equal(new FilterVerdict(IsMatch: true, thrown), filter.Judge("a", "t", _telemetry));
    }

    [Fact]
    public void Predicate_OfABaseType_JudgesDerivedEventsWithoutAnotherDelegate()
    {
        Func<object, bool> predicate = each => each is "a";

        EventFilter<string> filter = Filter<object, string>(predicate);

        Assert.Same(predicate, filter.Predicate);
        Assert.True(filter.Judge("a", "t", _telemetry).IsMatch);
        Assert.False(filter.Judge("b", "t", _telemetry).IsMatch);
    }

    [Fact]
    public void Predicate_OfADerivedTypeOrAStruct_JudgesEventsHeldAsTheirBase()
    {
        Assert.True(Filter<string, object>(each => each == "a").Judge("a", "t", _telemetry).IsMatch);
        Assert.True(Filter<int, object>(each => each == 7).Judge(7, "t", _telemetry).IsMatch);
        Assert.False(Filter<IComparable, int>(each => each.CompareTo(7) == 0).Judge(8, "t", _telemetry).IsMatch);
    }

    private EventFilter<TPublished> Filter<TSubscribed, TPublished>(params Func<TSubscribed, bool>[] predicates)
        where TSubscribed : notnull
    {
        SubscriptionDefinition<TSubscribed> definition = new("s", _ => (_, _, _) => default);
        definition.Predicates.AddRange(predicates);
        DeliveryEnvironment environment = new(
            TimeProvider.System,
            TimeSpan.Zero,
            _telemetry,
            new DeadLetterOffice(null, 1, _telemetry),
            new ActiveWork(),
            _alarms,
            null,
            CancellationToken.None);
        return new EventFilter<TPublished>(definition.Build(null!, environment));
    }
}
