using System.Text;

namespace EventBus.Patterns.Parsing;

/// <summary>The way to a field: names joined by dots. A dotted name and nested names that spell the same are one path.</summary>
internal sealed class FieldPath
{
    // Rules come by the thousand and name the same few fields, so equal paths share one object. Slots are overwritten
    // on collision and written without a lock: losing one costs a second copy, no more.
    private static readonly FieldPath?[] Recent = new FieldPath?[1024];

    private FieldPath(string name)
    {
        Name = name;
        Steps = [.. name.Split('.').Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The names joined by dots: <c>detail.customer</c>.</summary>
    public string Name { get; }

    /// <summary>The name before the last one.</summary>
    public string Parent => Name.Split('.')[^2];

    /// <summary>The names, in UTF-8.</summary>
    public byte[][] Steps { get; }

    public static FieldPath Of(ReadOnlySpan<char> name)
    {
        ref FieldPath? slot = ref Recent[string.GetHashCode(name, StringComparison.Ordinal) & (Recent.Length - 1)];
        FieldPath? known = Volatile.Read(ref slot);
        if (known is null || !name.SequenceEqual(known.Name))
        {
            known = new FieldPath(name.ToString());
            Volatile.Write(ref slot, known);
        }

        return known;
    }

    public override string ToString() => Name;
}
