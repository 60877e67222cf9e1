using System.Text;

namespace EventBus.Patterns;

/// <summary>Why an event matches a pattern or does not: a tree of what was asked, what was seen, and the verdict.</summary>
/// <remarks>
/// The root stands for the pattern. Below it stands one node for each field; with <c>$or</c>, first one for each of the branches
/// that the pattern multiplies out to, and below it the fields. <see cref="ToString"/> draws the tree.
/// </remarks>
public sealed class PatternExplanation
{
    internal PatternExplanation(bool isMatch, string? field, string condition, string? value, string? note, IReadOnlyList<PatternExplanation> children)
    {
        IsMatch = isMatch;
        Field = field;
        Condition = condition;
        Value = value;
        Note = note;
        Children = children;
    }

    /// <summary>The verdict on this part of the pattern.</summary>
    public bool IsMatch { get; }

    /// <summary>The field's path, its names joined by dots; null for the pattern and its branches.</summary>
    public string? Field { get; }

    /// <summary>What was asked, as a pattern writes it: the field's list of alternatives, or the whole of a branch.</summary>
    public string Condition { get; }

    /// <summary>
    /// What the event holds in the field, as JSON; several values of an array with commas between them, long ones and many of them cut.
    /// <c>nothing</c> where the field has no scalar. Null for the pattern and its branches.
    /// </summary>
    public string? Value { get; }

    /// <summary>What the values alone do not tell, or null: that several elements of one array would have to serve together.</summary>
    public string? Note { get; }

    /// <summary>The parts below, in the ordinal order of their paths; empty for a field.</summary>
    public IReadOnlyList<PatternExplanation> Children { get; }

    /// <summary>The tree, a line for each part.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        Draw(text, "", "");
        return text.ToString().TrimEnd();
    }

    private void Draw(StringBuilder text, string lead, string indent)
    {
        string verdict = IsMatch ? "match" : "no match";
        string line = Field is null ? verdict : $"{Field}: {verdict}, {Condition} asked, {Value} seen";
        text.Append(lead).Append(line);
        if (Note is not null)
        {
            text.Append(" (").Append(Note).Append(')');
        }

        text.AppendLine();
        for (int i = 0; i < Children.Count; i++)
        {
            bool isLast = i == Children.Count - 1;
            Children[i].Draw(text, indent + (isLast ? "└─ " : "├─ "), indent + (isLast ? "   " : "│  "));
        }
    }
}
