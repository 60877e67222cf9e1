using System.Text.Json;

namespace EventBus.Patterns.Tests.Typing;

/// <summary>Makes parcels with whatever a property may hold, from a seed.</summary>
internal sealed class ParcelMaker(int seed)
{
    private static readonly string[] Texts =
        ["", "a", "b", "ab", "Oslo", "NO", "10.1.2.3", "x1", "grün", "漢字", "😀", "\uD800", "a\uDC00b", "\"quoted\"\n", "a.b", "<&>'+", "Large", "5"];

    private static readonly string[] Keys = ["a", "b", "a.b", "A", "sku", "c.sku", "ø", "x\uD800"];

    private readonly Random _random = new(seed);

    public Parcel Parcel(int depth = 1) => new()
    {
        Id = Text(),
        Sender = Maybe(Sender),
        Items = Maybe(() => List(() => Maybe(() => Item(1)))),
        Gifts = Maybe(() => List(() => Item(1)).ToArray()),
        Tags = Maybe(() => Map(Text)),
        Shelves = Maybe(() => Map(() => Maybe(() => Item(0)))),
        Stock = Maybe(() => Map(() => Map(Number))),
        Counts = Maybe(() => new SortedDictionary<string, List<int>>(Map(() => List(Number)), StringComparer.Ordinal)),
        Priority = MaybeValue(Number),
        Small = (byte)_random.Next(3),
        Short = (short)Number(),
        Unsigned = (uint)_random.NextInt64(3, 5_000_000_000),
        Big = Pick<long>(0, 1, 300, 9007199254740992, 9007199254740993, -9007199254740993, long.MaxValue, long.MinValue),
        Bigger = Pick<ulong>(0, 5, 9007199254740993, ulong.MaxValue),
        Ratio = Pick(0f, 1f, 0.1f, 16777217f, 3.4e38f, -1.5f, 1e-45f, 300f),
        Weight = Double(),
        Height = MaybeValue(Double),
        Price = Decimal(),
        Discount = MaybeValue(Decimal),
        Half = (Half)_random.Next(4),
        Huge = _random.Next(4),
        IsPaid = Coin(),
        IsFragile = MaybeValue(Coin),
        Letter = Pick('a', 'ø', '\uD800', '"'),
        Size = Size(),
        OtherSize = MaybeValue(Size),
        NamedSize = Size(),
        OtherNamedSize = MaybeValue(Size),
        Route = (Route)_random.Next(5),
        Key = Key(),
        OtherKey = MaybeValue(Key),
        Sent = Time(),
        Arrived = MaybeValue(Time),
        Booked = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(Pick(0, 2, -5))).AddTicks(Pick(0, 1, 1_000_000)),
        Day = new DateOnly(2026, 1, _random.Next(1, 4)),
        Hour = new TimeOnly(Pick(0L, 36_000_000_000, 36_000_000_001, 123_450_000)),
        Duration = new TimeSpan(Pick(0L, -36_000_000_000, 10_000_000_000_001, 5)),
        Link = Maybe(() => new Uri(Pick("https://example.org/a%20b", "relative/path", "http://x/ø"), UriKind.RelativeOrAbsolute)),
        Version = Maybe(() => new Version(1, Number() & 3)),
        Grid = Maybe(() => List(() => List(Number).ToArray()).ToArray()),
        Stacks = Maybe(() => List(() => List(() => Item(0)))),
        Spot = Spot(),
        OtherSpot = MaybeValue(Spot),
        Spots = Maybe(() => List(Spot).ToArray()),
        Words = [.. List(Text).Select(static text => text!)],
        Numbers = Pick<IReadOnlyList<int>?>(null, List(Number).ToArray(), List(Number), List(Number).AsReadOnly()),
        Names = Pick<IEnumerable<string>?>(null, new HashSet<string> { "a", "b" }, new List<string> { "Oslo" }, Enumerable.Repeat("x1", 2)),
        Sizes = Maybe(() => List(Size).ToHashSet()),
        Bytes = Maybe(() => new byte[] { 1, 2, 3 }),
        Memory = new[] { 1, 5 },
        Nest = Maybe(() => Nest.Of(_random.Next(3))),
        Inner = depth > 0 && Coin() ? Parcel(depth - 1) : null,
        Odd = Text(),
        Away = Text(),
        Email = Text(),
        Note = Text(),
        Zone = MaybeValue(Number),
        Floor = _random.Next(2),
        Always = Text(),
        Secret = Text(),
        Written = Number(),
        Cost = Maybe(() => new Money(Decimal(), Text() ?? "NOK")),
        Vehicle = Maybe(Vehicle),
        Fleet = Maybe(() => List(Vehicle)),
        Anything = Anything(),
        Another = Anything(),
        Assorted = Maybe(() => Map(Anything)),
        Things = Maybe(() => List(Anything)),
        Raw = JsonSerializer.SerializeToElement(new { a = Text(), b = new[] { Number(), Number() } }),
        Extended = Maybe(Extended),
        Field = Text(),
        NumberField = Number(),
    };

    public bool Coin() => _random.Next(2) == 0;

    public int Below(int limit) => _random.Next(limit);

    public TValue Pick<TValue>(params TValue[] values) => values[_random.Next(values.Length)];

    public string? Text() => _random.Next(8) == 0 ? null : Pick(Texts);

    private int Number() => Pick(0, 1, 2, 5, 300, -1, int.MaxValue);

    private double Double() => Pick(0, -0.0, 0.1, 300, 1e21, 0.1 + 0.2, 5e-324, 1.5, 9007199254740993);

    private decimal Decimal() => Pick(0m, 0.0m, -0.0m, 1.50m, 300m, 0.1m, 12345678901234567.89m, 0.00000000000000000001m, 0.0000000000000000000000000001m, decimal.MaxValue, -2.5m);

    private Size Size() => Pick(Typing.Size.None, Typing.Size.Small, Typing.Size.Large, (Size)7);

    private Guid Key() => new(_random.Next(3), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    private DateTime Time() => new DateTime(2026, 2, 3, 4, 5, 6, Pick(DateTimeKind.Unspecified, DateTimeKind.Utc, DateTimeKind.Local)).AddTicks(Pick(0, 1, 100, 5_000_000));

    private Sender Sender() => Coin()
        ? new Sender(Text(), Text(), Maybe(() => new Address(Text(), Text()))) { Rank = Number() }
        : new LoyalSender(Text(), Text(), Maybe(() => new Address(Text(), Text())), Text());

    private Item Item(int depth) => new(
        Text(), Number(), MaybeValue(Decimal), Maybe(() => List(() => Text() ?? "a")), depth > 0 ? Maybe(() => Item(depth - 1)) : null);

    private Spot Spot() => new() { X = Number(), Y = Double() };

    private Vehicle Vehicle() => Coin() ? new Van(Text(), Number()) : new Bike(Text(), Text());

    private Extended Extended() => new()
    {
        Known = Text(),
        More = Maybe(() => Map<object>(() => Coin() ? Number() : "a")),
    };

    private object? Anything() => _random.Next(6) switch
    {
        0 => null,
        1 => Number(),
        2 => Text(),
        3 => Item(0),
        4 => new Van(Text(), Number()),
        _ => Coin(),
    };

    private TValue? Maybe<TValue>(Func<TValue> make)
        where TValue : class? => _random.Next(5) == 0 ? null : make();

    private TValue? MaybeValue<TValue>(Func<TValue> make)
        where TValue : struct => _random.Next(5) == 0 ? null : make();

    private List<TValue> List<TValue>(Func<TValue> make) => [.. Enumerable.Range(0, _random.Next(4)).Select(_ => make())];

    private Dictionary<string, TValue> Map<TValue>(Func<TValue> make)
    {
        Dictionary<string, TValue> map = [];
        for (int i = _random.Next(4); i > 0; i--)
        {
            map[Pick(Keys)] = make();
        }

        return map;
    }
}
