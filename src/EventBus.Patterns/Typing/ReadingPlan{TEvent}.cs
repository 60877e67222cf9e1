using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;
using EventBus.Patterns.Indexing;
using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>How to read from an event the fields that a tree held when the plan was made. Immutable.</summary>
internal sealed class ReadingPlan<TEvent>
{
    private readonly ValueReader<TEvent>? _reader;
    private readonly ValueReader? _boxed;

    public ReadingPlan(Shape shape, FieldTree tree, RuleIndex? index = null)
    {
        // In this order: what is added in between is seen in part, and a rule that needs it is of a later version.
        Version = tree.Version;
        FieldCount = tree.FieldCount;
        Index = index;
        _boxed = shape.CreateReader(new ReadingPlace(tree.Root, FieldCount));
        _reader = _boxed as ValueReader<TEvent>;
    }

    /// <summary>The tree's version. Rules of a later one are not there yet for the plan.</summary>
    public int Version { get; }

    public int FieldCount { get; }

    /// <summary>The index that the tree belongs to; null for that of a single pattern.</summary>
    public RuleIndex? Index { get; }

    public void Read(TEvent @event, EventReading reading)
    {
        if (_reader is not null)
        {
            _reader.Read(@event, 0, reading);
        }
        else
        {
            // Nothing to read where the type has none of the fields.
            _boxed?.ReadBoxed(@event, 0, reading);
        }
    }
}
