using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>A node of the tree of fields as it was when a plan was made. What was added since is left alone.</summary>
/// <param name="node">The node.</param>
/// <param name="fieldCount">How many fields the tree had.</param>
internal sealed class ReadingPlace(FieldNode node, int fieldCount)
{
    public FieldNode Node { get; } = node;

    public int FieldCount { get; } = fieldCount;

    /// <summary>The number of the field that ends here, or <see cref="FieldNode.None"/>.</summary>
    public int Field { get; } = node.Field is var field && (uint)field < (uint)fieldCount ? field : FieldNode.None;

    public int ChildCount { get; } = node.ChildCount;

    public bool IsAskedFor => Field != FieldNode.None;

    public ReadingPlace At(FieldNode other) => new(other, FieldCount);
}
