using EventBus.Patterns.Tests.Typing;

namespace EventBus.Patterns.Tests;

public class EventPatternSetOfTKeyAndTEventTests
{
    private static readonly Parcel Event = new()
    {
        Id = "p-1",
        Sender = new Sender("Ann", "NO", new Address("Oslo", "0150")),
        Items = [new Item("s1", 2, null, null, null)],
        Priority = 5,
    };

    [Fact]
    public void Match_PatternsAddedAndRemovedLater_AreSeen()
    {
        EventPatternSet<string> set = new();
        EventPatternSet<string, Parcel> view = set.For<Parcel>();
        Assert.Empty(Match(view, Event));

        set.Add("id", EventPattern.Parse("""{"id":["p-1"]}"""));
        set.Add("city", EventPattern.Parse("""{"sender":{"address":{"city":["Oslo"]}}}"""));
        Assert.Equal(["city", "id"], Match(view, Event));

        set.Remove("city");
        Assert.Equal(["id"], Match(view, Event));
    }

    [Fact]
    public void Match_AfterTheIndexWasRebuilt_ReadsByTheNewOne()
    {
        EventPatternSet<int> set = new();
        EventPatternSet<int, Parcel> view = set.For<Parcel>();
        for (int i = 0; i < 200; i++)
        {
            set.Add(i, EventPattern.Parse($$"""{"priority":[5],"tags.t{{i}}":[{"exists":false}]}"""));
        }

        Assert.Equal(200, Match(view, Event).Count);
        for (int i = 0; i < 190; i++)
        {
            set.Remove(i);
        }

        Assert.Equal(Enumerable.Range(190, 10), Match(view, Event));
    }

    [Fact]
    public void Match_FieldsAndValuesTheTypeCannotHave_AreAbsent()
    {
        EventPatternSet<string> set = new();
        set.Add("other type", EventPattern.Parse("""{"invoice":{"number":[5]}}"""));
        set.Add("other kind", EventPattern.Parse("""{"id":[5]}"""));
        set.Add("absent", EventPattern.Parse("""{"invoice":{"number":[{"exists":false}]}}"""));

        Assert.Equal(["absent"], Match(set.For<Parcel>(), Event));
    }

    [Fact]
    public void Match_Null_Throws()
    {
        EventPatternSet<string, Parcel> view = new EventPatternSet<string>().For<Parcel>();

        Assert.Throws<ArgumentNullException>("event", () => view.Match(null!, []));
        Assert.Throws<ArgumentNullException>("results", () => view.Match(Event, null!));
    }

    [Fact]
    public void Match_OfPlainTypes_AllocatesNothing()
    {
        EventPatternSet<string> set = new();
        set.Add("city", EventPattern.Parse("""{"sender":{"address":{"city":["Oslo"]}}}"""));
        set.Add("items", EventPattern.Parse("""{"items":{"sku":["s1"],"amount":[2]}}"""));
        set.Add("number", EventPattern.Parse("""{"priority":[5,{"numeric":[">",7]}]}"""));
        set.Add("anything but", EventPattern.Parse("""{"id":[{"anything-but":"a"}]}"""));
        set.Add("wildcard", EventPattern.Parse("""{"id":[{"wildcard":"p*1"}]}"""));
        EventPatternSet<string, Parcel> view = set.For<Parcel>();
        List<string> results = new(8);

        Assert.Equal(5, view.Match(Event, results));
        Assert.Equal(0, Allocation.Of(() =>
        {
            results.Clear();
            view.Match(Event, results);
        }));
    }

    [Fact]
    public async Task Match_WhileRulesWithNewFieldsAreAdded_FindsEveryRuleAddedBefore()
    {
        const int RuleCount = 2_000;
        EventPatternSet<int> set = new();
        EventPatternSet<int, Parcel> view = set.For<Parcel>();
        Parcel parcel = Event with { Tags = Enumerable.Range(0, RuleCount).ToDictionary(static i => $"t{i}", static i => (string?)"on") };
        int added = 0;
        var adding = Task.Run(
            () =>
            {
                for (int i = 0; i < RuleCount; i++)
                {
                    set.Add(i, EventPattern.Parse($$"""{"tags":{"t{{i}}":["on"]},"id":["p-1"]}"""));
                    Volatile.Write(ref added, i + 1);
                }
            },
            TestContext.Current.CancellationToken);

        bool isOver;
        do
        {
            isOver = adding.IsCompleted;
            int before = Volatile.Read(ref added);
            List<int> found = Match(view, parcel);

            Assert.True(found.Count >= before, $"{found.Count} found of {before} added");
            Assert.Equal(Enumerable.Range(0, found.Count), found);
        }
        while (!isOver);

        await adding;
        Assert.Equal(RuleCount, Match(view, parcel).Count);
    }

    private static List<TKey> Match<TKey>(EventPatternSet<TKey, Parcel> view, Parcel parcel)
        where TKey : notnull
    {
        List<TKey> results = [];
        Assert.Equal(view.Match(parcel, results), results.Count);
        results.Sort();
        return results;
    }
}
