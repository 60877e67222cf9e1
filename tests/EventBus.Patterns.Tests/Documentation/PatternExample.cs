namespace EventBus.Patterns.Tests.Documentation;

/// <summary>One line of a block marked <c>pattern</c>, with the pattern above it.</summary>
/// <param name="Line">The line in the document, from 1.</param>
/// <param name="Section">The nearest heading above.</param>
/// <param name="Pattern">The pattern.</param>
/// <param name="Verdict"><c>match</c>, <c>no match</c>, <c>fault</c> (the event is refused) or <c>refused</c> (the pattern is).</param>
/// <param name="Profile">The profile that the verdict is for; null for both.</param>
/// <param name="Text">The event, or the problem that a refusal tells.</param>
internal sealed record PatternExample(int Line, string Section, string Pattern, string Verdict, PatternProfile? Profile, string Text)
{
    public IEnumerable<PatternProfile> Profiles => Profile is { } one ? [one] : Enum.GetValues<PatternProfile>();
}
