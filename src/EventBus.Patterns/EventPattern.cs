using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using EventBus.Patterns.Events;
using EventBus.Patterns.Explaining;
using EventBus.Patterns.Matching;
using EventBus.Patterns.Parsing;
using EventBus.Patterns.Typing;

namespace EventBus.Patterns;

/// <summary>A rule on an event's content, written as JSON: <c>{ "country": ["NO", "SE"], "total": [{ "numeric": [">=", 100] }] }</c>.</summary>
/// <remarks>
/// <para>
/// The language is that of Amazon EventBridge's event patterns. An event matches when every field that the pattern names holds
/// a value that one of the field's alternatives accepts; fields that the pattern does not name do not count.
/// </para>
/// <para>Immutable: any number of threads may match with one pattern.</para>
/// </remarks>
public sealed class EventPattern
{
    private readonly byte[] _text;
    private PatternMatcher? _matcher;

    private EventPattern(string text, PatternProfile profile, Branch[] branches)
    {
        _text = Encoding.UTF8.GetBytes(text);
        Profile = profile;
        Branches = branches;
    }

    /// <summary>The profile the pattern was parsed under.</summary>
    public PatternProfile Profile { get; }

    internal Branch[] Branches { get; }

    // Made at the first use: a pattern that only stands in a set never needs one of its own.
    internal PatternMatcher Matcher => Volatile.Read(ref _matcher) ?? Interlocked.CompareExchange(ref _matcher, new PatternMatcher(Branches), null) ?? _matcher;

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern: a JSON object.</param>
    /// <param name="profile">How far the pattern may bend the language; <see cref="PatternProfile.Strict"/> by default.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="profile"/> is no profile.</exception>
    /// <exception cref="EventPatternException">The text is no pattern; the exception tells where, why, and what to write.</exception>
    public static EventPattern Parse([StringSyntax(StringSyntaxAttribute.Json)] string text, PatternProfile profile = PatternProfile.Strict) =>
        TryParse(text, profile, out EventPattern? pattern, out EventPatternError? error) ? pattern : throw new EventPatternException(error);

    /// <summary>Reads a pattern under <see cref="PatternProfile.Strict"/>, or tells why it is none.</summary>
    /// <param name="text">The pattern: a JSON object.</param>
    /// <param name="pattern">The pattern, or null.</param>
    /// <param name="error">Null, or what is wrong with the text.</param>
    /// <returns>Whether the text is a pattern.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static bool TryParse(
        [StringSyntax(StringSyntaxAttribute.Json)] string text,
        [NotNullWhen(true)] out EventPattern? pattern,
        [NotNullWhen(false)] out EventPatternError? error) => TryParse(text, PatternProfile.Strict, out pattern, out error);

    /// <summary>Reads a pattern, or tells why it is none.</summary>
    /// <param name="text">The pattern: a JSON object.</param>
    /// <param name="profile">How far the pattern may bend the language.</param>
    /// <param name="pattern">The pattern, or null.</param>
    /// <param name="error">Null, or what is wrong with the text.</param>
    /// <returns>Whether the text is a pattern.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="profile"/> is no profile.</exception>
    public static bool TryParse(
        [StringSyntax(StringSyntaxAttribute.Json)] string text,
        PatternProfile profile,
        [NotNullWhen(true)] out EventPattern? pattern,
        [NotNullWhen(false)] out EventPatternError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (profile is not (PatternProfile.Strict or PatternProfile.EventBridge))
        {
            throw new ArgumentOutOfRangeException(nameof(profile), profile, "There is no such profile.");
        }

        pattern = PatternParser.TryParse(text, profile, out Branch[]? branches, out error)
            ? new EventPattern(text, profile, branches)
            : null;
        return pattern is not null;
    }

    /// <summary>Whether an event matches.</summary>
    /// <param name="utf8Json">The event: a JSON object in UTF-8.</param>
    /// <returns>Whether it matches.</returns>
    /// <exception cref="JsonException">
    /// The event is no JSON object: it is cut short, goes on behind its end, or has a fault in a part that the pattern looks at.
    /// Of the parts that no pattern names, it is only checked that strings end and that as many brackets close as open.
    /// </exception>
    public bool IsMatch(ReadOnlySpan<byte> utf8Json) => Matcher.IsMatch(utf8Json);

    /// <inheritdoc cref="IsMatch(ReadOnlySpan{byte})"/>
    /// <param name="json">The event: a JSON object.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    public bool IsMatch([StringSyntax(StringSyntaxAttribute.Json)] string json)
    {
        using Utf8Text text = new(json);
        return Matcher.IsMatch(text.Bytes);
    }

    /// <inheritdoc cref="IsMatch(ReadOnlySpan{byte})"/>
    /// <param name="json">The event: a JSON object.</param>
    /// <exception cref="InvalidOperationException"><paramref name="json"/> is of no document: <c>default</c>.</exception>
    /// <exception cref="ObjectDisposedException">The document of <paramref name="json"/> was disposed.</exception>
    public bool IsMatch(JsonElement json) => Matcher.IsMatch(JsonMarshal.GetRawUtf8Value(json));

    /// <summary>Tells why an event matches or does not.</summary>
    /// <param name="utf8Json">The event: a JSON object in UTF-8.</param>
    /// <returns>The verdict and how it came about. Its verdict is that of <see cref="IsMatch(ReadOnlySpan{byte})"/>.</returns>
    /// <exception cref="JsonException">The event is no JSON object, as with <see cref="IsMatch(ReadOnlySpan{byte})"/>.</exception>
    public PatternExplanation Explain(ReadOnlySpan<byte> utf8Json) => Explainer.Explain(Matcher, utf8Json);

    /// <inheritdoc cref="Explain(ReadOnlySpan{byte})"/>
    /// <param name="json">The event: a JSON object.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    public PatternExplanation Explain([StringSyntax(StringSyntaxAttribute.Json)] string json)
    {
        using Utf8Text text = new(json);
        return Explainer.Explain(Matcher, text.Bytes);
    }

    /// <inheritdoc cref="Explain(ReadOnlySpan{byte})"/>
    /// <param name="json">The event: a JSON object.</param>
    /// <exception cref="InvalidOperationException"><paramref name="json"/> is of no document: <c>default</c>.</exception>
    /// <exception cref="ObjectDisposedException">The document of <paramref name="json"/> was disposed.</exception>
    public PatternExplanation Explain(JsonElement json) => Explainer.Explain(Matcher, JsonMarshal.GetRawUtf8Value(json));

    /// <summary>Makes the pattern ready for events of a .NET type, which are then read without making JSON of them.</summary>
    /// <remarks>
    /// Fields go by the names that System.Text.Json writes. What can never match an event of the type is refused here: a field that
    /// it does not have, a value of a kind that the field does not hold. Where the type does not tell (<see cref="object"/>,
    /// dictionaries, extension data, custom converters, polymorphic types), anything is allowed.
    /// </remarks>
    /// <typeparam name="TEvent">The type of the events.</typeparam>
    /// <param name="options">
    /// How the events would be written, naming policy, converters and source-generated contexts included; it becomes read-only. Null for
    /// names in camelCase and otherwise the defaults, which takes reflection.
    /// </param>
    /// <returns>The pattern for the type.</returns>
    /// <exception cref="EventPatternException">The type has no such field, or no such value in it; the exception tells which, and what to write.</exception>
    /// <exception cref="InvalidOperationException">The type cannot be written as it is declared.</exception>
    /// <exception cref="NotSupportedException">
    /// The options have no contract for the type, or the type is not written as a JSON object.
    /// </exception>
    public EventPattern<TEvent> For<TEvent>(JsonSerializerOptions? options = null) => For<TEvent>(Contracts.Of(options));

    /// <summary>The pattern as it was written.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_text);

    internal EventPattern<TEvent> For<TEvent>(Contracts contracts)
    {
        Shape shape = contracts.OfEvent(typeof(TEvent));
        PatternCheck.Check(Branches, shape, _text);
        return new EventPattern<TEvent>(this, shape);
    }
}
