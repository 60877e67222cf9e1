using System.Globalization;
using System.Text;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>Random scalars, and the alternatives of a pattern that accept or nearly accept them. The pools are small, so that values meet.</summary>
internal sealed class RandomValues(Random random, RandomJson json)
{
    private static readonly string[] Words =
    [
        "", "a", "ab", "abc", "Ab", "AB", "ba", "b", "a*b", "a\\b", "x\"", "x", "/a/",
        "é", "É", "😀a", "𐐀", "𐐨", "ǅ", "ǆ", "ß", "1", "1.0", "true", "null",
    ];

    private static readonly string[] Addresses =
    [
        "10.0.0.1", "10.0.0.2", "10.0.1.1", "010.0.0.1", "10.0.0.256", "10.0.0",
        "::1", "0:0:0:0:0:0:0:1", "2001:db8::1", "2001:DB8:0::1", "2001:db8:1::1", "1::2::3",
    ];

    private static readonly string[] Networks =
    [
        "10.0.0.0/24", "10.0.0.1/30", "10.0.0.3/31", "10.0.0.0/8", "0.0.0.0/0", "11.0.0.0/8",
        "::/0", "::1/127", "2001:db8::/32", "2001:db8::5/125", "2001:db8::/48",
    ];

    private static readonly string[] Pieces = ["a", "b", "A", "B", "é", "É", "*", "\\", "\"", "1", "😀", "𐐀", "𐐨", "ß"];

    /// <summary>Numbers in ascending order, each in several spellings.</summary>
    private static readonly string[][] Numbers =
    [
        ["-100", "-1e2", "-100.0"],
        ["-1", "-1.0", "-10e-1"],
        ["0", "-0", "0.0", "0e5", "-0.0E-3"],
        ["1e-320", "10e-321"],
        ["0.1", "1e-1", "0.10"],
        ["0.5", "5e-1", "0.50", "50E-2"],
        ["1", "1.0", "10e-1", "0.1E1", "1e+0"],
        ["2", "2.00", "20e-1"],
        ["100", "1e2", "1E+02", "100.000"],
        ["300", "3.0e2", "300.0"],
        ["9007199254740992", "9007199254740992.0", "9.007199254740992e15"],
        ["1e300", "10.0E299"],
    ];

    /// <summary>Numbers with more digits than a double holds. A pattern may have them in a plain list alone.</summary>
    private static readonly string[] LongNumbers =
    [
        "9007199254740993", "9007199254740993.0", "0.1000000000000000055511151231257827",
        "1.00000000000000000001", "123456789012345678901234567890",
    ];

    private static readonly string[] NumbersOutOfReach = ["1e400", "-1E400", "1e-400"];

    private static readonly string[] Literals = ["true", "false", "null"];

    public RandomScalar Scalar() => random.Next(20) switch
    {
        < 8 => new RandomScalar(Pick(Words), RandomKind.Text),
        < 10 => new RandomScalar(string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => Pick(Pieces))), RandomKind.Text),
        < 11 => new RandomScalar(Pick(Addresses), RandomKind.Text),
        < 16 => new RandomScalar(Pick(Pick(Numbers)), RandomKind.Number),
        < 17 => new RandomScalar(random.Next(3) == 0 ? Pick(NumbersOutOfReach) : Pick(LongNumbers), RandomKind.Number),
        _ => new RandomScalar(Pick(Literals), RandomKind.Literal),
    };

    /// <summary>An alternative that is likely to accept a value like this one.</summary>
    public string Alternative(RandomScalar near) => random.Next(30) switch
    {
        0 => """{"exists":true}""",
        1 or 2 => AnythingBut(),
        _ => near.Kind switch
        {
            RandomKind.Text => TextAlternative(near.Text),
            RandomKind.Number => NumberAlternative(near.Text),
            _ => near.Text,
        },
    };

    private string TextAlternative(string text) => random.Next(12) switch
    {
        0 => $$"""{"exactly":{{json.Quote(text)}}}""",
        1 or 2 => Form("prefix", Beginning(text)),
        3 or 4 => Form("suffix", End(text)),
        5 => $$"""{"prefix":{{Form("equals-ignore-case", Recased(Beginning(text)))}}}""",
        6 => $$"""{"suffix":{{Form("equals-ignore-case", Recased(End(text)))}}}""",
        7 => Form("equals-ignore-case", Recased(text)),
        8 => Form("wildcard", Wildcard(text)),
        9 when NaiveAddress.Parse(text) is not null => Form("cidr", Pick(Networks)),
        _ => json.Quote(text),
    };

    private string NumberAlternative(string text)
    {
        bool isInReach = double.IsFinite(NaiveNumber.ToDouble(text)) && NaiveNumber.ToDouble(text) != 0;
        if (NaiveNumber.IsImprecise(text) && random.Next(2) == 0)
        {
            return isInReach ? text : Pick(LongNumbers);
        }

        int place = Array.FindIndex(Numbers, spellings => spellings.Contains(text));
        int index = place < 0 ? random.Next(Numbers.Length) : place;
        string number = Pick(Numbers[index]);
        return random.Next(7) switch
        {
            0 => $$"""{"numeric":["=",{{number}}]}""",
            1 => $$"""{"numeric":["{{Pick("<", "<=", ">", ">=")}}",{{number}}]}""",
            2 or 3 => Range(index),
            _ => number,
        };
    }

    private string Range(int index)
    {
        int low = random.Next(Math.Min(index + 1, Numbers.Length - 1));
        int high = random.Next(Math.Max(low + 1, index), Numbers.Length);
        return $$"""{"numeric":["{{Pick(">", ">=")}}",{{Pick(Numbers[low])}},"{{Pick("<", "<=")}}",{{Pick(Numbers[high])}}]}""";
    }

    private string AnythingBut() => random.Next(4) switch
    {
        0 => AnythingBut(OneOrMany(() => random.Next(4) == 0 ? json.Quote(Pick(Addresses)) : json.Quote(Pick(Words)))),
        1 => AnythingBut(OneOrMany(() => Pick(Pick(Numbers)))),
        2 => AnythingBut($$"""{"wildcard":{{OneOrMany(() => json.Quote(Wildcard(Pick(Words))))}}}"""),
        // No empty text here: the language refuses it.
        _ => AnythingBut($$"""{"{{Pick("prefix", "suffix", "equals-ignore-case")}}":{{OneOrMany(() => json.Quote(Pick(Words[1..])))}}}"""),
    };

    private static string AnythingBut(string excluded) => $$"""{"anything-but":{{excluded}}}""";

    private string OneOrMany(Func<string> one) =>
        random.Next(2) == 0 ? one() : $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => one()))}]";

    private string Form(string name, string text) => $$"""{"{{name}}":{{json.Quote(text)}}}""";

    // Cut between characters: half a surrogate pair is no text.
    private string Beginning(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        return string.Concat(runes.Take(random.Next(runes.Length + 1)));
    }

    private string End(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        return string.Concat(runes.Skip(random.Next(runes.Length + 1)));
    }

    private string Recased(string text) => random.Next(4) switch
    {
        0 => text,
        1 => text.ToUpper(CultureInfo.InvariantCulture),
        2 => text.ToLower(CultureInfo.InvariantCulture),
        _ => NaiveValue.Fold(text),
    };

    private string Wildcard(string text)
    {
        StringBuilder written = new();
        bool isStar = false;
        int stars = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!isStar && stars < 3 && random.Next(3) == 0)
            {
                written.Append('*');
                isStar = true;
                stars++;
            }

            if (!isStar || random.Next(2) == 0)
            {
                written.Append(rune.ToString() is "*" or "\\" ? $"\\{rune}" : rune.ToString());
                isStar = false;
            }
        }

        return isStar || random.Next(3) > 0 ? written.ToString() : $"{written}*";
    }

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];
}
