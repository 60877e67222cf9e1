using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CsCheck;
using EventBus.Patterns.Typing;

namespace EventBus.Patterns.Tests.Typing;

public class TypedVerdictTests
{
    private static readonly Dictionary<string, JsonSerializerOptions> AllOptions = new()
    {
        ["camelCase"] = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase },
        ["fields, names, no nulls"] = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            IncludeFields = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters = { new JsonStringEnumConverter() },
        },
        ["no defaults"] = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault },
        ["numbers as strings"] = new() { NumberHandling = JsonNumberHandling.WriteAsString, DictionaryKeyPolicy = JsonNamingPolicy.CamelCase },
        ["no cycles"] = new() { ReferenceHandler = ReferenceHandler.IgnoreCycles },
        ["no read-only properties"] = new() { IgnoreReadOnlyProperties = true },
        ["set by code"] = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Modify } } },
        ["source-generated"] = new(ParcelContext.Default.Options) { TypeInfoResolver = ParcelContext.Default },
    };

    public static TheoryData<string, bool> Cases => new(
        AllOptions.Keys.Select(static name => (name, true)).Concat(AllOptions.Keys.Select(static name => (name, false))));

    [Theory]
    [MemberData(nameof(Cases))]
    public void IsMatch_OfAnyEventAndPattern_AnswersAsForItsJson(string name, bool makesCode)
    {
        JsonSerializerOptions options = AllOptions[name];
        options.MakeReadOnly(populateMissingResolver: true);
        Contracts contracts = new(options, makesCode);
        int matches = 0;
        int refused = 0;
        int total = 0;

        Gen.Int.Sample(
            seed =>
            {
                ParcelMaker dice = new(seed);
                Parcel parcel = dice.Parcel();
                byte[] json = JsonSerializer.SerializeToUtf8Bytes(parcel, options);
                EventPatternSet<int> set = new();
                for (int i = 0; i < 8; i++)
                {
                    string text = new PatternMaker(dice).Pattern(json);
                    var pattern = EventPattern.Parse(text, dice.Pick(PatternProfile.Strict, PatternProfile.EventBridge));
                    bool isMatch = pattern.IsMatch(json);
                    if (TryFor(pattern, contracts) is { } typed)
                    {
                        Assert.True(isMatch == typed.IsMatch(parcel), $"Seed {seed}, JSON says {isMatch}: {text}");
                    }
                    else
                    {
                        refused++;
                    }

                    set.Add(i, pattern);
                    matches += isMatch ? 1 : 0;
                    total++;
                }

                List<int> expected = [];
                List<int> found = [];
                set.Match(json, expected);
                set.For<Parcel>(contracts).Match(parcel, found);
                Assert.True(expected.Order().SequenceEqual(found.Order()), $"Seed {seed}");
            },
            iter: 400,
            threads: 1);

        TestContext.Current.TestOutputHelper?.WriteLine($"{total} cases, {matches} match, {refused} refused");
        Assert.InRange((double)matches / total, 0.2, 0.8);
        Assert.InRange((double)refused / total, 0, 0.6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void For_PatternItRefuses_MatchesNoJsonOfTheType(string name, bool makesCode)
    {
        JsonSerializerOptions options = AllOptions[name];
        options.MakeReadOnly(populateMissingResolver: true);
        Contracts contracts = new(options, makesCode);

        Gen.Int.Sample(
            seed =>
            {
                ParcelMaker dice = new(seed);
                byte[] json = JsonSerializer.SerializeToUtf8Bytes(dice.Parcel(), options);
                string text = new PatternMaker(dice).Pattern(json);
                using var written = JsonDocument.Parse(text);
                JsonProperty field = written.RootElement.EnumerateObject().First();
                string alternative = field.Value[0].GetRawText();
                var pattern = EventPattern.Parse($$"""{"{{JsonEncodedText.Encode(field.Name)}}":[{{alternative}}]}""");

                if (TryFor(pattern, contracts) is null)
                {
                    Assert.False(pattern.IsMatch(json), $"Seed {seed}: {pattern}");
                }
            },
            iter: 1000,
            threads: 1);
    }

    private static EventPattern<Parcel>? TryFor(EventPattern pattern, Contracts contracts)
    {
        try
        {
            return pattern.For<Parcel>(contracts);
        }
        catch (EventPatternException)
        {
            return null;
        }
    }

    private static void Modify(JsonTypeInfo contract)
    {
        foreach (JsonPropertyInfo property in contract.Properties)
        {
            if (property.Name == nameof(Sender.Country))
            {
                property.Get = static _ => "Oslo";
            }
            else if (property.Name == nameof(Item.Amount))
            {
                property.ShouldSerialize = static (_, amount) => amount is 5 or 300;
            }
            else if (property.Name == nameof(Parcel.Id))
            {
                property.Name = "id";
            }
        }

        if (contract.Type == typeof(Address))
        {
            contract.OnSerializing = static _ => { };
        }
    }
}
