using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Fields;

/// <summary>The fields that rules ask for, as a tree of names. One writer at a time; any number of readers.</summary>
/// <remarks>
/// A reader that took <see cref="Version"/> before it read an event has seen every field of the rules that carry that
/// version or a lower one. A rule of a higher version is not there yet for it.
/// </remarks>
internal sealed class FieldTree(int version)
{
    private int _version = version;
    private int _fieldCount;

    public FieldNode Root { get; } = new();

    public int Version => Volatile.Read(ref _version);

    public int FieldCount => Volatile.Read(ref _fieldCount);

    /// <summary>The node of a field, made and numbered where it is new.</summary>
    public FieldNode GetOrAdd(FieldPath path)
    {
        FieldNode node = Root;
        foreach (byte[] step in path.Steps)
        {
            node = node.GetOrAdd(step);
        }

        if (node.Field == FieldNode.None)
        {
            node.Field = _fieldCount;
            Volatile.Write(ref _fieldCount, _fieldCount + 1);
            Volatile.Write(ref _version, _version + 1);
        }

        return node;
    }
}
