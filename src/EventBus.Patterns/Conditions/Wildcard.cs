using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>Strings that hold the given pieces in their order, with anything between them.</summary>
/// <remarks>The pieces stand in one array one behind the other, so that a test fetches little memory.</remarks>
internal sealed class Wildcard : Condition
{
    private readonly byte[] _text;
    private readonly int _first;
    private readonly int _last;

    // Where each inner piece ends; null where there is none.
    private readonly int[]? _ends;

    /// <summary>Makes the condition of its pieces.</summary>
    /// <param name="pieces">
    /// The text between the stars: at least two pieces, of which the first (a beginning) and the last (an end) may be empty and the
    /// others are not.
    /// </param>
    public Wildcard(byte[][] pieces)
    {
        _text = [.. pieces.SelectMany(static piece => piece)];
        _first = pieces[0].Length;
        _last = _text.Length - pieces[^1].Length;
        if (pieces.Length > 2)
        {
            _ends = new int[pieces.Length - 2];
            int end = _first;
            for (int i = 0; i < _ends.Length; i++)
            {
                end += pieces[i + 1].Length;
                _ends[i] = end;
            }
        }
    }

    /// <summary>What every match begins with.</summary>
    public byte[] First => _text[.._first];

    /// <summary>What every match ends with.</summary>
    public byte[] Last => _text[_last..];

    /// <summary>What every match holds in between, in this order.</summary>
    public IEnumerable<byte[]> Inner
    {
        get
        {
            int start = _first;
            foreach (int end in _ends ?? [])
            {
                yield return _text[start..end];
                start = end;
            }
        }
    }

    public override bool Matches(in FieldValue value) => value.Kind == ValueKind.String && Matches(value.Text);

    public override string ToString() => $$"""{"wildcard":{{Written.Wildcard([First, .. Inner, Last])}}}""";

    /// <summary>Takes each piece at the first place it fits: with stars alone, a later place can never be needed.</summary>
    private bool Matches(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> first = _text.AsSpan(0, _first);
        ReadOnlySpan<byte> last = _text.AsSpan(_last);
        if (text.Length < first.Length + last.Length || !text.StartsWith(first) || !text.EndsWith(last))
        {
            return false;
        }

        if (_ends is null)
        {
            return true;
        }

        ReadOnlySpan<byte> rest = text[first.Length..^last.Length];
        int start = _first;
        foreach (int end in _ends)
        {
            int at = rest.IndexOf(_text.AsSpan(start, end - start));
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + end - start)..];
            start = end;
        }

        return true;
    }
}
