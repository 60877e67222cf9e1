using EventBus.Patterns;

namespace EventBus.Subscriptions;

/// <summary>A pattern as the code gives it: text, which is read when the definition is checked, or read already.</summary>
internal sealed class PatternText
{
    private readonly string? _text;
    private EventPattern? _pattern;

    public PatternText(string text) => _text = text;

    public PatternText(EventPattern pattern) => _pattern = pattern;

    /// <exception cref="EventPatternException">The text is no pattern.</exception>
    public EventPattern Read() => _pattern ??= EventPattern.Parse(_text!);
}
