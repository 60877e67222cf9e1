using System.Globalization;
using System.Text;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>Part of a random event, before it is written.</summary>
internal abstract record RandomNode;

/// <summary>A string's characters, or the text of a number or a literal.</summary>
internal sealed record RandomScalar(string Text, RandomKind Kind) : RandomNode;

internal sealed record RandomArray(IReadOnlyList<RandomNode> Elements) : RandomNode;

internal sealed record RandomObject(IReadOnlyList<KeyValuePair<string, RandomNode>> Members) : RandomNode;

internal enum RandomKind
{
    Text,
    Number,
    Literal,
}

/// <summary>Writes JSON in the odd ways in which JSON may be written: escapes, white space, names joined by dots.</summary>
internal sealed class RandomJson(Random random)
{
    private static readonly string[] Blanks = [" ", "\t", "\n", "\r\n", "  "];

    public string Event(RandomObject root)
    {
        StringBuilder text = new();
        int spacing = random.Next(4) == 0 ? 3 : 0;
        WriteObject(text, root, spacing);
        return text.ToString();
    }

    public string Quote(string value)
    {
        StringBuilder text = new("\"");
        int escaping = random.Next(5) == 0 ? 3 : 0;
        foreach (Rune rune in value.EnumerateRunes())
        {
            // A pair of surrogates is escaped as a pair: half of it would be no UTF-8.
            bool escapes = escaping > 0 && random.Next(escaping) == 0;
            text.Append(rune.Value switch
            {
                _ when escapes => string.Concat(rune.ToString().Select(character => $"\\u{Hexadecimal(character)}")),
                '"' => "\\\"",
                '\\' => "\\\\",
                '/' when random.Next(3) == 0 => "\\/",
                _ => rune.ToString(),
            });
        }

        return text.Append('"').ToString();
    }

    public string Blank() => random.Next(12) == 0 ? Blanks[random.Next(Blanks.Length)] : "";

    private string Hexadecimal(char character) =>
        ((int)character).ToString(random.Next(2) == 0 ? "x4" : "X4", CultureInfo.InvariantCulture);

    private void Write(StringBuilder text, RandomNode node, int spacing)
    {
        Space(text, spacing);
        switch (node)
        {
            case RandomObject @object:
                WriteObject(text, @object, spacing);
                break;
            case RandomArray array:
                WriteArray(text, array, spacing);
                break;
            case RandomScalar { Kind: RandomKind.Text } scalar:
                text.Append(Quote(scalar.Text));
                break;
            case RandomScalar scalar:
                text.Append(scalar.Text);
                break;
        }

        Space(text, spacing);
    }

    private void WriteObject(StringBuilder text, RandomObject @object, int spacing)
    {
        text.Append('{');
        string separator = "";
        foreach ((string name, RandomNode node) in @object.Members.SelectMany(Joined))
        {
            text.Append(separator);
            Space(text, spacing);
            text.Append(Quote(name));
            Space(text, spacing);
            text.Append(':');
            Write(text, node, spacing);
            separator = ",";
        }

        Space(text, spacing);
        text.Append('}');
    }

    // An object's members may as well stand in the object around it, under names joined by a dot.
    private IEnumerable<KeyValuePair<string, RandomNode>> Joined(KeyValuePair<string, RandomNode> member) =>
        member.Value is RandomObject { Members.Count: > 0 } inner && random.Next(8) == 0
            ? inner.Members.Select(each => KeyValuePair.Create($"{member.Key}.{each.Key}", each.Value)).SelectMany(Joined)
            : [member];

    private void WriteArray(StringBuilder text, RandomArray array, int spacing)
    {
        text.Append('[');
        string separator = "";
        foreach (RandomNode element in array.Elements)
        {
            text.Append(separator);
            Write(text, element, spacing);
            separator = ",";
        }

        Space(text, spacing);
        text.Append(']');
    }

    private void Space(StringBuilder text, int spacing)
    {
        if (spacing > 0 && random.Next(spacing) == 0)
        {
            text.Append(Blanks[random.Next(Blanks.Length)]);
        }
    }
}
