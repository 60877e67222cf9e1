using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>What a pattern asks of one field.</summary>
/// <param name="path">The field.</param>
/// <param name="test">What a value must be; null where no value will do.</param>
/// <param name="acceptsAbsence">True when the field may also be missing.</param>
internal sealed class FieldCondition(FieldPath path, Condition? test, bool acceptsAbsence)
{
    // Rules that ask for one exact string come by the hundred thousand and repeat themselves, so equal ones share one
    // object. Slots are overwritten on collision and written without a lock: losing one costs a second copy, no more.
    private static readonly FieldCondition?[] Recent = new FieldCondition?[4096];

    public FieldPath Path { get; } = path;

    public Condition? Test { get; } = test;

    public bool AcceptsAbsence { get; } = acceptsAbsence;

    public ReadOnlySpan<Condition> Alternatives => Test switch
    {
        null => [],
        AnyOf any => any.Alternatives,
        _ => new ReadOnlySpan<Condition>(in _test!),
    };

    private readonly Condition? _test = test;

    /// <summary>The condition that a field is one exact string.</summary>
    public static FieldCondition OfExactString(FieldPath path, ReadOnlySpan<byte> text)
    {
        HashCode hash = default;
        hash.Add(path.Name.Length);
        hash.AddBytes(text);
        ref FieldCondition? slot = ref Recent[hash.ToHashCode() & (Recent.Length - 1)];
        FieldCondition? known = Volatile.Read(ref slot);
        if (known is null || known.Path.Name != path.Name || !((ExactString)known.Test!).Value.AsSpan().SequenceEqual(text))
        {
            known = new FieldCondition(path, new ExactString(text.ToArray()), acceptsAbsence: false);
            Volatile.Write(ref slot, known);
        }

        return known;
    }

    /// <summary>The list of alternatives as a pattern writes it.</summary>
    public override string ToString()
    {
        IEnumerable<string> written = Alternatives.ToArray().Select(static alternative => alternative.ToString()!);
        return $"[{string.Join(",", AcceptsAbsence ? written.Append("""{"exists":false}""") : written)}]";
    }
}
