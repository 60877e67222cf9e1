using EventBus.Patterns.Fields;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Matching;

/// <summary>A branch whose fields have found their nodes in a tree.</summary>
internal sealed class BoundBranch
{
    private BoundBranch(BoundField[] fields, bool judgesAbsenceInOrder, Rule? rule, int number)
    {
        Fields = fields;
        JudgesAbsenceInOrder = judgesAbsenceInOrder;
        Rule = rule;
        Number = number;
        IsSingle = fields.Length == 1;
    }

    /// <summary>The fields, sorted by path.</summary>
    public BoundField[] Fields { get; }

    /// <summary>Whether there is one field alone.</summary>
    public bool IsSingle { get; }

    /// <inheritdoc cref="Branch.JudgesAbsenceInOrder"/>
    public bool JudgesAbsenceInOrder { get; }

    /// <summary>What is reported when the branch matches; null for a pattern on its own.</summary>
    public Rule? Rule { get; }

    /// <summary>A number of its own among the branches of one index, for marking it as tried.</summary>
    public int Number { get; }

    /// <summary>The field by which an index finds the branch. Set before any reader can find it.</summary>
    public int Access { get; set; }

    public static BoundBranch Bind(Branch branch, FieldTree tree, Rule? rule, int number) => new(
        Array.ConvertAll(branch.Fields, field => new BoundField(field, tree.GetOrAdd(field.Path))),
        branch.JudgesAbsenceInOrder,
        rule,
        number);

    /// <summary>The same branch for another rule and another tree.</summary>
    public BoundBranch Bind(FieldTree tree, Rule rule, int number) => new(
        Array.ConvertAll(Fields, field => field with { Node = tree.GetOrAdd(field.Condition.Path) }), JudgesAbsenceInOrder, rule, number);
}
