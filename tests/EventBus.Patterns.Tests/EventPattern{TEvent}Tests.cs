using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventBus.Patterns.Tests.Typing;

namespace EventBus.Patterns.Tests;

public class EventPatternOfTEventTests
{
    private static readonly Parcel Full = new()
    {
        Id = "p-1",
        Sender = new Sender("Ann", "NO", new Address("Oslo", "0150")) { Rank = 3 },
        Items = [new Item("s1", 2, 9.5m, ["red"], null), null, new Item("s2", 3, null, null, null)],
        Gifts = [new Item("g1", 1, null, null, null)],
        Tags = new() { ["size"] = "large", ["a.b"] = "dotted" },
        Shelves = new Dictionary<string, Item?> { ["top"] = new Item("t1", 1, null, null, null) },
        Priority = 5,
        Big = 9007199254740993,
        Ratio = 0.1f,
        Weight = 0.1,
        Price = 12345678901234567.89m,
        IsPaid = true,
        Letter = 'ø',
        Size = Size.Large,
        NamedSize = Size.Small,
        OtherNamedSize = Size.Large,
        Route = Route.Road | Route.Rail,
        Key = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"),
        Sent = new DateTime(2026, 2, 3, 4, 5, 6, DateTimeKind.Utc),
        Booked = new DateTimeOffset(2026, 2, 3, 4, 5, 6, 700, TimeSpan.FromHours(2)),
        Day = new DateOnly(2026, 2, 3),
        Hour = new TimeOnly(10, 30),
        Duration = TimeSpan.FromMinutes(90),
        Link = new Uri("https://example.org/a"),
        Grid = [[1, 2], [3]],
        Spot = new Spot { X = 4, Y = 2 },
        OtherSpot = new Spot { X = 7 },
        Words = ["one", "\uD800"],
        Numbers = new List<int> { 1, 2 },
        Names = new HashSet<string> { "Ann", "Bo" },
        Odd = "odd",
        Away = "far",
        Cost = new Money(3, "NOK"),
        Vehicle = new Van("EL 1", 4),
        Anything = new Item("any", 1, null, null, null),
        Raw = JsonElement.Parse("[1]"),
        Extended = new Extended { More = new() { ["extra"] = 5 } },
    };

    [Theory]
    [InlineData("""{"id":["p-1"]}""")]
    [InlineData("""{"sender":{"address":{"city":["Oslo"]},"rank":[3]}}""")]
    [InlineData("""{"items":{"sku":["s2"],"amount":[3]}}""")]
    [InlineData("""{"items":[null]}""")]
    [InlineData("""{"items":{"colours":["red"]}}""")]
    [InlineData("""{"tags":{"size":["large"],"a.b":["dotted"]}}""")]
    [InlineData("""{"shelves":{"top":{"sku":["t1"]}}}""")]
    [InlineData("""{"priority":[{"numeric":[">",4]}]}""")]
    [InlineData("""{"big":[9007199254740993]}""")]
    [InlineData("""{"ratio":[0.1],"weight":[0.1]}""")]
    [InlineData("""{"price":[12345678901234567.89]}""")]
    [InlineData("""{"isPaid":[true],"isFragile":[null]}""")]
    [InlineData("""{"letter":["ø"]}""")]
    [InlineData("""{"size":[20],"namedSize":["Small"],"otherNamedSize":["Large"],"route":["Road, Rail"]}""")]
    [InlineData("""{"key":[{"prefix":"0f8fad5b"}],"otherKey":[null]}""")]
    [InlineData("""{"sent":["2026-02-03T04:05:06Z"],"booked":["2026-02-03T04:05:06.7+02:00"],"day":["2026-02-03"]}""")]
    [InlineData("""{"hour":["10:30:00"],"duration":["01:30:00"],"link":["https://example.org/a"]}""")]
    [InlineData("""{"grid":[3]}""")]
    [InlineData("""{"spot":{"x":[4],"y":[2],"label":["x4"]},"otherSpot":{"x":[7]}}""")]
    [InlineData("""{"words":["\uFFFD"],"numbers":[2],"names":["Bo"]}""")]
    [InlineData("""{"odd name":["odd"],"far":{"away":["far"]}}""")]
    [InlineData("""{"note":[{"exists":false}],"always":[null],"floor":[{"exists":false}]}""")]
    [InlineData("""{"cost":["NOK"],"cost.inner":["NOK"]}""")]
    [InlineData("""{"vehicle":{"$type":["van"],"doors":[4]},"anything":{"sku":["any"]},"extended":{"extra":[5]}}""")]
    [InlineData("""{"$or":[{"id":["other"]},{"sender":{"country":["NO"]}}]}""")]
    public void IsMatch_ValueThatThePatternAsksFor_IsTrueAsForItsJson(string text)
    {
        var pattern = EventPattern.Parse(text);

        Assert.True(pattern.IsMatch(JsonSerializer.SerializeToUtf8Bytes(Full, CamelCase)));
        Assert.True(pattern.For<Parcel>().IsMatch(Full));
    }

    [Theory]
    [InlineData("""{"items":{"sku":["s1"],"amount":[3]}}""")]
    [InlineData("""{"big":[9007199254740992]}""")]
    [InlineData("""{"size":[1]}""")]
    [InlineData("""{"inner":{"id":["p-1"]}}""")]
    [InlineData("""{"sender":{"rank":[7]}}""")]
    public void IsMatch_OtherValue_IsFalseAsForItsJson(string text)
    {
        var pattern = EventPattern.Parse(text);

        Assert.False(pattern.IsMatch(JsonSerializer.SerializeToUtf8Bytes(Full, CamelCase)));
        Assert.False(pattern.For<Parcel>().IsMatch(Full));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void IsMatch_NumberThatNoJsonHolds_EqualsNothingAndLiesInNoRange(double weight)
    {
        Parcel parcel = new() { Weight = weight };

        Assert.False(EventPattern.Parse("""{"weight":[{"numeric":[">",0]},{"numeric":["<=",0]},0]}""").For<Parcel>().IsMatch(parcel));
        Assert.True(EventPattern.Parse("""{"weight":[{"exists":true}]}""").For<Parcel>().IsMatch(parcel));
    }

    [Fact]
    public void IsMatch_EventOfDerivedType_IsReadAsTheDeclaredOne()
    {
        EventPattern<Sender> pattern = EventPattern.Parse("""{"rank":[7]}""").For<Sender>();

        Assert.True(pattern.IsMatch(new LoyalSender("a", "b", null, "c")));
        Assert.Throws<EventPatternException>(() => EventPattern.Parse("""{"card":["c"]}""").For<Sender>());
    }

    [Fact]
    public void IsMatch_OfPolymorphicType_SeesTheDiscriminatorAndTheDerivedProperties()
    {
        EventPattern<Vehicle> pattern = EventPattern.Parse("""{"$type":["van"],"doors":[4]}""").For<Vehicle>();

        Assert.True(pattern.IsMatch(new Van("EL 1", 4)));
        Assert.False(pattern.IsMatch(new Bike("EL 1", "red")));
    }

    [Fact]
    public void IsMatch_OfDictionaryOrStructOrJson_IsAsForAnyOtherEvent()
    {
        Assert.True(EventPattern.Parse("""{"a":[5]}""").For<Dictionary<string, int>>().IsMatch(new() { ["a"] = 5 }));
        Assert.True(EventPattern.Parse("""{"x":[5]}""").For<Spot>().IsMatch(new Spot { X = 5 }));
        Assert.True(EventPattern.Parse("""{"a":{"b":[5]}}""").For<JsonElement>().IsMatch(JsonElement.Parse("""{"a":{"b":5}}""")));
    }

    [Fact]
    public void IsMatch_JsonThatIsNoObject_Throws()
    {
        EventPattern<JsonElement> pattern = EventPattern.Parse("""{"a":[5]}""").For<JsonElement>();

        Assert.Throws<JsonException>(() => pattern.IsMatch(JsonElement.Parse("""[{"a":5}]""")));
    }

    [Fact]
    public void IsMatch_Null_Throws() =>
        Assert.Throws<ArgumentNullException>("event", () => EventPattern.Parse("""{"id":["a"]}""").For<Parcel>().IsMatch(null!));

    [Fact]
    public void IsMatch_GetterThrows_LeavesNothingBehindForTheNextMatch()
    {
        EventPattern<Fragile> pattern = EventPattern.Parse("""{"name":["a"],"broken":[1]}""").For<Fragile>();

        Assert.Throws<InvalidOperationException>(() => pattern.IsMatch(new Fragile("a", IsBroken: true)));
        Assert.False(pattern.IsMatch(new Fragile("b", IsBroken: false)));
    }

    [Fact]
    public void For_SourceGeneratedContext_ReadsByItsContracts()
    {
        EventPattern<Parcel> pattern = EventPattern.Parse("""{"id":["p-1"],"priority":[5]}""").For<Parcel>(ParcelContext.Default.Options);

        Assert.True(pattern.IsMatch(Full));
        Assert.Throws<NotSupportedException>(() => EventPattern.Parse("""{"a":[1]}""").For<Fragile>(ParcelContext.Default.Options));
    }

    [Fact]
    public void For_TypeThatIsNoObjectInJson_Throws()
    {
        var pattern = EventPattern.Parse("""{"a":[1]}""");

        Assert.Throws<NotSupportedException>(() => pattern.For<List<int>>());
        Assert.Throws<NotSupportedException>(() => pattern.For<string>());
    }

    [Theory]
    [InlineData("""{"sender":{"contry":["NO"]}}""", "$.sender.contry", "Sender has no field 'contry' in 'sender'.", "Did you mean 'country'?")]
    [InlineData("""{"Id":["a"]}""", "$.Id", "Parcel has no field 'Id'.", "Did you mean 'id'?")]
    [InlineData("""{"items":{"qqqqqq":["a"]}}""", "$.items.qqqqqq", "Item has no field 'qqqqqq' in 'items'.", "Its fields are, by their names in JSON: amount, colours, part, price, sku.")]
    [InlineData("""{"id":{"length":[1]}}""", "$.id.length", "string has no field 'length' in 'id'.", "End the path before it")]
    [InlineData("""{"secret":["a"]}""", "$.secret", "Parcel has no field 'secret'.", "")]
    [InlineData("""{"$or":[{"id":["a"]},{"sender":{"nam":["a"]}}]}""", "$.$or[1].sender.nam", "Sender has no field 'nam' in 'sender'.", "Did you mean 'name'?")]
    [InlineData("""{"price":["5"]}""", "$.price", "The field 'price' is of type decimal, which is written as a number: \"5\" can never match it.", "Write a number")]
    [InlineData("""{"id":["a",5]}""", "$.id", "The field 'id' is of type string, which is written as a string or null: 5 can never match it.", "Write a string")]
    [InlineData("""{"id":[{"numeric":[">",5]}]}""", "$.id", "{\"numeric\":[\">\",5]} can never match it.", "Write a string")]
    [InlineData("""{"isPaid":["true"]}""", "$.isPaid", "The field 'isPaid' is of type bool", "Write true or false.")]
    [InlineData("""{"price":[null]}""", "$.price", "null can never match it.", "Write a number")]
    [InlineData("""{"note":[null]}""", "$.note", "null can never match it.", "Write a string")]
    [InlineData("""{"size":["Large"]}""", "$.size", "The field 'size' is of type Size, which is written as a number: \"Large\" can never match it.", "JsonStringEnumConverter")]
    [InlineData("""{"id":{"anything-but":["a"]}}""", "$.id['anything-but']", "string has no field 'anything-but' in 'id'.", "'anything-but' is an operator, which stands in a list: \"id\":[{\"anything-but\":...}].")]
    [InlineData("""{"sender":["Ann"]}""", "$.sender", "The field 'sender' is of type Sender, which is written as an object or null: \"Ann\" can never match it.", "Name one of the object's fields instead, or ask for null.")]
    [InlineData("""{"spot":[{"exists":true}]}""", "$.spot", "{\"exists\":true} can never match it.", "Name one of the object's fields instead.")]
    [InlineData("""{"spots":["a"]}""", "$.spots", "The field 'spots' is of type Spot[], whose items are written as an object or null", "")]
    [InlineData("""{"spot":[{"anything-but":"a"}]}""", "$.spot", "{\"anything-but\":\"a\"} can never match it.", "Name one of the object's fields instead.")]
    [InlineData("""{"tags":["a"]}""", "$.tags", "The field 'tags' is of type Dictionary<string, string>, which is written as an object or null", "")]
    [InlineData("""{"priority":["a"]}""", "$.priority", "The field 'priority' is of type int?, which is written as a number or null", "Write a number")]
    [InlineData("""{"spot":[null]}""", "$.spot", "The field 'spot' is of type Spot, which is written as an object: null can never match it.", "Name one of the object's fields instead.")]
    [InlineData("""{"items":["s1"]}""", "$.items", "The field 'items' is of type List<Item>, whose items are written as an object or null", "")]
    public void For_PatternThatCanNeverMatch_TellsWhereAndWhyAndWhatToWrite(string text, string path, string problem, string remedy)
    {
        EventPatternException thrown = Assert.Throws<EventPatternException>(() => EventPattern.Parse(text).For<Parcel>());

        Assert.Equal(path, thrown.Path);
        Assert.Equal(1, thrown.Line);
        Assert.True(thrown.Column > 1);
        Assert.Contains(problem, thrown.Problem, StringComparison.Ordinal);
        Assert.Contains(remedy, thrown.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"sender":[{"exists":true}]}""")]
    [InlineData("""{"sender":[{"anything-but":"a"}]}""")]
    [InlineData("""{"sender":[null]}""")]
    [InlineData("""{"otherSpot":[{"exists":true}]}""")]
    [InlineData("""{"items":[{"exists":true}]}""")]
    [InlineData("""{"items":[{"anything-but":5}]}""")]
    [InlineData("""{"shelves":{"top":[{"exists":true}]}}""")]
    [InlineData("""{"shelves":{"top":[{"anything-but":{"prefix":"a"}}]}}""")]
    public void IsMatch_NullInPlaceOfAnObject_IsTrueAsForItsJson(string text)
    {
        Parcel parcel = Full with { Sender = null, OtherSpot = null, Items = [null], Shelves = new Dictionary<string, Item?> { ["top"] = null } };
        var pattern = EventPattern.Parse(text);

        Assert.True(pattern.IsMatch(JsonSerializer.SerializeToUtf8Bytes(parcel, CamelCase)));
        Assert.True(pattern.For<Parcel>().IsMatch(parcel));
    }

    [Fact]
    public void IsMatch_CollectionsWhoseEnumeratorsSayOtherwise_AreReadAsTheSerializerDoes()
    {
        Collections all = new()
        {
            Indexed = new TwoFaced(),
            Listed = new TwoFacedList { 1 },
            Own = new TwoFacedList { 1 },
            Wrapped = new(new TwoFaced()),
            Mapped = new TwoFacedDictionary { ["a"] = 1 },
            OwnMap = new TwoFacedDictionary { ["a"] = 1 },
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(all, CamelCase);

        foreach (string field in (string[])["indexed", "listed", "own", "wrapped", "mapped.a", "ownMap.a"])
        {
            foreach (int value in (int[])[1, 2])
            {
                var pattern = EventPattern.Parse($$"""{"{{field}}":[{{value}}]}""");

                Assert.True(pattern.IsMatch(json) == pattern.For<Collections>().IsMatch(all), $"{field}: {value}");
            }
        }
    }

    // Ends at once: were every way to split the path tried, it would not within a lifetime.
    [Fact]
    public void For_LongestPathIntoATypeThatHoldsItsOwnKind_TellsWhetherThereIsSuch()
    {
        string way = string.Join('.', Enumerable.Repeat("d", 255));
        var found = EventPattern.Parse($$"""{"{{way}}.d":[null]}""");
        var missing = EventPattern.Parse($$"""{"{{way}}.d":[5]}""");

        Assert.False(found.For<Deep>().IsMatch(new() { ["d"] = [] }));
        Assert.False(found.For<DeepInside>().IsMatch(new()));
        Assert.False(found.For<DeepBeside>().IsMatch(new()));
        Assert.Throws<EventPatternException>(() => missing.For<Deep>());
        Assert.Throws<EventPatternException>(() => missing.For<DeepInside>());
        Assert.Throws<EventPatternException>(() => missing.For<DeepBeside>());
        Assert.Throws<EventPatternException>(() => EventPattern.Parse($$"""{"{{way}}.x":[5]}""").For<DeepInside>());
    }

    [Fact]
    public void For_LongestPathThatATypeWithItsOwnKindLacks_IsAbsentInASet()
    {
        EventPatternSet<int> set = new();
        set.Add(1, EventPattern.Parse($$"""{"{{string.Join('.', Enumerable.Repeat("d", 255))}}.x":[5]}"""));

        Assert.Equal(0, set.For<DeepBeside>().Match(new DeepBeside(), []));
        Assert.Equal(0, set.For<DeepInside>().Match(new DeepInside(), []));
    }

    [Theory]
    [InlineData("""{"sender":[null,{"exists":false}]}""")]
    [InlineData("""{"tags":{"whatever":{"deeper":["a"]}}}""")]
    [InlineData("""{"anything":{"at":{"all":[1]}},"raw":["a"],"extended":{"extra":[null]},"vehicle":{"wings":[2]}}""")]
    [InlineData("""{"note":[{"anything-but":"a"},{"exists":false}]}""")]
    [InlineData("""{"route":["Road",3]}""")]
    public void For_PatternThatMayMatch_IsAllowed(string text) => EventPattern.Parse(text).For<Parcel>();

    [Fact]
    public void IsMatch_OfPlainTypes_AllocatesNothing()
    {
        EventPattern<Parcel> pattern = EventPattern.Parse("""
            {
                "id":[{"prefix":"p"}],"sender":{"address":{"city":["Oslo"]},"rank":[3]},"items":{"sku":["s2"],"amount":[3]},
                "gifts":{"sku":["g1"]},"tags":{"size":["large"]},"priority":[5],"big":[9007199254740993],"ratio":[0.1],"weight":[0.1],
                "price":[12345678901234567.89],"isPaid":[true],"letter":["ø"],"size":[20],"namedSize":["Small"],"route":["Road, Rail"],
                "key":[{"prefix":"0f"}],"sent":[{"prefix":"2026"}],"booked":[{"prefix":"2026"}],"day":["2026-02-03"],"hour":["10:30:00"],
                "duration":["01:30:00"],"link":[{"suffix":"a"}],"grid":[3],"spot":{"x":[4],"y":[2]},"otherSpot":{"x":[7]},"words":["one"],
                "numbers":[2],"otherSize":[null],"zone":[{"exists":false}]
            }
            """).For<Parcel>();

        Assert.True(pattern.IsMatch(Full));
        Assert.Equal(0, Allocation.Of(() => pattern.IsMatch(Full)));
    }

    private static JsonSerializerOptions CamelCase { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private sealed class Deep : Dictionary<string, Deep>;

    private sealed class DeepInside
    {
        public Dictionary<string, DeepInside>? D { get; set; }
    }

    private sealed class DeepBeside
    {
        public DeepBeside? D { get; set; }

        [JsonPropertyName("d.d")]
        public DeepBeside? Further { get; set; }
    }

    private sealed class Collections
    {
        public IReadOnlyList<int>? Indexed { get; init; }
        public IReadOnlyList<int>? Listed { get; init; }
        public TwoFacedList? Own { get; init; }
        public ReadOnlyCollection<int>? Wrapped { get; init; }
        public IReadOnlyDictionary<string, int>? Mapped { get; init; }
        public TwoFacedDictionary? OwnMap { get; init; }
    }

    /// <summary>Holds a 1 by its indexer and a 2 by its enumerator, as those below.</summary>
    private sealed class TwoFaced : Collection<int>, IEnumerable<int>
    {
        public TwoFaced() => Add(1);

        IEnumerator<int> IEnumerable<int>.GetEnumerator() => Enumerable.Repeat(2, 1).GetEnumerator();
    }

    private sealed class TwoFacedList : List<int>, IEnumerable<int>
    {
        IEnumerator<int> IEnumerable<int>.GetEnumerator() => Enumerable.Repeat(2, 1).GetEnumerator();
    }

    private sealed class TwoFacedDictionary : Dictionary<string, int>, IEnumerable<KeyValuePair<string, int>>
    {
        IEnumerator<KeyValuePair<string, int>> IEnumerable<KeyValuePair<string, int>>.GetEnumerator() =>
            Enumerable.Repeat(KeyValuePair.Create("a", 2), 1).GetEnumerator();
    }

    private sealed record Fragile(string Name, bool IsBroken)
    {
        public int Broken => IsBroken ? throw new InvalidOperationException() : 1;
    }
}
