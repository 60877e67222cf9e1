using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;
using EventBus.Patterns.Matching;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Indexing;

/// <summary>Rules found by the content of an event.</summary>
/// <remarks>
/// <para>
/// Each branch stands under one field alone, the one by which it is found least often in vain; what else it asks is tested
/// once it is found. So the cost of an event does not depend on the rules that have nothing in common with it
/// (Fabret et al. 2001, "Filtering algorithms and implementation for very fast publish/subscribe systems": access
/// predicates).
/// </para>
/// <para>
/// Readers take no lock. A rule is posted first and put in force last, by one write, so that it is never seen in
/// part. Rules are not taken out: they lose their force, and an index with too many of those is replaced by another.
/// </para>
/// </remarks>
internal sealed class RuleIndex(int version)
{
    /// <summary>More than any number of branches in vain: a field that must be there is always the better way to a branch.</summary>
    private const long AbsenceCost = 1L << 40;

    private FieldIndex[] _fields = [];

    // The fields whose absence finds branches.
    private FieldNode[] _mayBeAbsent = [];
    private int _branchCount;

    public FieldTree Tree { get; } = new(version);

    /// <summary>Adds a rule and puts it in force. For the writer alone.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="branches">Its pattern.</param>
    /// <param name="mostWildcards">How many wildcards one value may have to be tried against one after another.</param>
    /// <returns>0, or how many it would be: then nothing of the rule is in force.</returns>
    public int Add(Rule rule, Branch[] branches, int mostWildcards)
    {
        rule.Branches = Array.ConvertAll(branches, branch => BoundBranch.Bind(branch, Tree, rule, _branchCount++));
        return PutInForce(rule, mostWildcards);
    }

    /// <summary>Adds a rule with the branches of another index's.</summary>
    public void Add(Rule rule, BoundBranch[] branches)
    {
        rule.Branches = Array.ConvertAll(branches, branch => branch.Bind(Tree, rule, _branchCount++));
        PutInForce(rule, int.MaxValue);
    }

    /// <summary>Finds the rules that a reading satisfies; they are left in its memory.</summary>
    /// <param name="reading">What was read of the event.</param>
    /// <param name="json">The event's JSON, for the texts that lie in it.</param>
    /// <param name="version">The tree's version before the event was read.</param>
    public void Find(EventReading reading, ReadOnlySpan<byte> json, int version)
    {
        Candidates candidates = new(reading, json, version);
        FieldIndex[] fields = Volatile.Read(ref _fields);
        for (int i = 1; i <= reading.ValueCount; i++)
        {
            ref FieldEntry entry = ref reading.Entry(i);
            candidates.MayRepeat = entry.Next != 0 || reading.FirstOf(entry.Field) != i;
            if (entry.Field < fields.Length)
            {
                fields[entry.Field].Find(reading.Value(i, json), ref candidates);
            }
        }

        foreach (FieldNode node in Volatile.Read(ref _mayBeAbsent))
        {
            int field = node.Field;
            int value = reading.FirstOf(field);

            // In an array the field may be absent from one element and not from another.
            candidates.MayRepeat = value != 0;
            if (field < fields.Length && (value == 0 || reading.Entry(value).Next != 0 || reading.Entry(value).Element != 0))
            {
                candidates.TryAll(fields[field].Absent, isProven: false);
            }
        }
    }

    private int PutInForce(Rule rule, int mostWildcards)
    {
        MakeRoom();

        // All are looked at before any is posted: what is refused leaves nothing behind that would count for others.
        foreach (BoundBranch branch in rule.Branches)
        {
            branch.Access = AccessOf(branch);
            ref readonly BoundField field = ref branch.Fields[branch.Access];
            foreach (Condition condition in field.Condition.Alternatives)
            {
                int complexity = IndexOf(in field).WildcardComplexity(condition);
                if (complexity > mostWildcards)
                {
                    return complexity;
                }
            }
        }

        foreach (BoundBranch branch in rule.Branches)
        {
            Post(branch);
        }

        rule.Version = Tree.Version;
        return 0;
    }

    private void Post(BoundBranch branch)
    {
        ref readonly BoundField field = ref branch.Fields[branch.Access];
        FieldIndex index = IndexOf(in field);
        foreach (Condition condition in field.Condition.Alternatives)
        {
            index.Add(condition, branch);
        }

        if (field.Condition.AcceptsAbsence)
        {
            bool isFirst = index.Absent.Count == 0;
            index.Absent.Add(branch);
            if (isFirst)
            {
                Volatile.Write(ref _mayBeAbsent, [.. _mayBeAbsent, field.Node]);
            }
        }
    }

    private FieldIndex IndexOf(in BoundField field) => _fields[field.Node.Field];

    private void MakeRoom()
    {
        if (_fields.Length < Tree.FieldCount)
        {
            var larger = new FieldIndex[Math.Max(Tree.FieldCount, _fields.Length * 2)];
            _fields.CopyTo(larger, 0);
            for (int i = _fields.Length; i < larger.Length; i++)
            {
                larger[i] = new FieldIndex();
            }

            Volatile.Write(ref _fields, larger);
        }
    }

    /// <summary>The field by which a branch is found.</summary>
    private int AccessOf(BoundBranch branch)
    {
        int best = 0;
        long lowest = long.MaxValue;
        for (int i = 0; i < branch.Fields.Length; i++)
        {
            ref readonly BoundField field = ref branch.Fields[i];
            FieldIndex index = IndexOf(in field);
            long cost = field.Condition.AcceptsAbsence ? AbsenceCost + index.Absent.Count : 0;
            foreach (Condition condition in field.Condition.Alternatives)
            {
                cost += index.Cost(condition);
            }

            if (cost < lowest)
            {
                best = i;
                lowest = cost;
            }
        }

        return best;
    }
}
