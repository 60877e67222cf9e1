using EventBus.Patterns.Fields;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Matching;

/// <summary>What a branch asks of a field, and the field's node in a tree.</summary>
internal readonly record struct BoundField(FieldCondition Condition, FieldNode Node);
