using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using EventBus.Patterns.Events;
using EventBus.Patterns.Indexing;
using EventBus.Patterns.Matching;
using EventBus.Patterns.Typing;

namespace EventBus.Patterns;

/// <summary>Many patterns under keys, matched in one pass over an event.</summary>
/// <remarks>
/// <para>
/// What an event costs depends on the event and on the patterns that match it or nearly do, not on how many others there are.
/// </para>
/// <para>
/// Any number of threads may match, without a lock, while others add and remove (those take turns). A match sees a pattern
/// wholly or not at all; patterns added or removed while it runs may be seen or not.
/// </para>
/// </remarks>
/// <typeparam name="TKey">What a caller knows a rule by.</typeparam>
public sealed class EventPatternSet<TKey>
    where TKey : notnull
{
    /// <summary>Removed rules stay in the index until they are one in so many of those in force.</summary>
    private const int GarbageShare = 6;

    private const int LeastGarbage = 32;

    private readonly Lock _writing = new();
    private readonly Dictionary<TKey, KeyedRule> _rules;
    private readonly int _mostWildcards;
    private RuleIndex _index = new(version: 0);
    private int _keyNumbers;
    private int _ruleCount;
    private int _removedCount;
    private int _refusedCount;

    /// <summary>An empty set with the default limits.</summary>
    public EventPatternSet()
        : this(new EventPatternSetOptions())
    {
    }

    /// <summary>An empty set.</summary>
    /// <param name="options">The set's limits, read once.</param>
    /// <param name="comparer">Tells keys apart; null for the type's own equality.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="EventPatternSetOptions.MaxWildcardComplexity"/> is below 1.</exception>
    public EventPatternSet(EventPatternSetOptions options, IEqualityComparer<TKey>? comparer = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxWildcardComplexity, 1);
        _mostWildcards = options.MaxWildcardComplexity;
        _rules = new Dictionary<TKey, KeyedRule>(comparer);
    }

    /// <summary>How many keys there are.</summary>
    public int Count
    {
        get
        {
            lock (_writing)
            {
                return _rules.Count;
            }
        }
    }

    internal RuleIndex Index => Volatile.Read(ref _index);

    /// <summary>Adds a pattern under a key. A key may have several: it matches when any of them does, and is reported once.</summary>
    /// <param name="key">The key.</param>
    /// <param name="pattern">The pattern.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="pattern"/> is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The pattern's wildcards would cross <see cref="EventPatternSetOptions.MaxWildcardComplexity"/>. The set is as it was.
    /// </exception>
    public void Add(TKey key, EventPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(pattern);
        lock (_writing)
        {
            int complexity = TryAdd(key, pattern);
            if (complexity > 0 && _removedCount > 0)
            {
                // Rules that are gone count no more once the index is rebuilt.
                Rebuild();
                complexity = TryAdd(key, pattern);
            }

            if (complexity > 0)
            {
                throw new InvalidOperationException(
                    $"The pattern of '{key}' is one of {complexity} wildcards that share their rarest piece of text, " +
                    $"so that one value may have to be tried against all of them; {_mostWildcards} are allowed. " +
                    $"Give the wildcard a longer piece between its stars, or raise {nameof(EventPatternSetOptions)}.{nameof(EventPatternSetOptions.MaxWildcardComplexity)}.");
            }
        }
    }

    /// <summary>Removes a key with all its patterns.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public bool Remove(TKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_writing)
        {
            if (!_rules.Remove(key, out KeyedRule? removed))
            {
                return false;
            }

            for (KeyedRule? rule = removed; rule is not null; rule = rule.Next)
            {
                rule.Version = Rule.NotInForce;
                _ruleCount--;
                _removedCount++;
            }

            RebuildIfWorthwhile();
            return true;
        }
    }

    /// <summary>Finds the keys whose patterns match an event.</summary>
    /// <param name="utf8Json">The event: a JSON object in UTF-8.</param>
    /// <param name="results">The keys are added to it, each once, in no particular order.</param>
    /// <returns>How many keys were added.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="results"/> is null.</exception>
    /// <exception cref="JsonException"><inheritdoc cref="EventPattern.IsMatch(ReadOnlySpan{byte})" path="/exception[@cref='JsonException']/node()"/></exception>
    public int Match(ReadOnlySpan<byte> utf8Json, ICollection<TKey> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        RuleIndex index = Index;

        // The version before the count of fields, and both before reading: what was added in between is not in force for this match.
        int version = index.Tree.Version;
        int fieldCount = index.Tree.FieldCount;
        var reading = EventReading.Rent(fieldCount);
        try
        {
            JsonEventReader.Read(utf8Json, index.Tree.Root, fieldCount, reading);
            index.Find(reading, utf8Json, version);
            return Report(reading, results);
        }
        finally
        {
            reading.Return();
        }
    }

    /// <inheritdoc cref="Match(ReadOnlySpan{byte}, ICollection{TKey})"/>
    /// <param name="json">The event: a JSON object.</param>
    /// <param name="results">The keys are added to it, each once, in no particular order.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> or <paramref name="results"/> is null.</exception>
    public int Match([StringSyntax(StringSyntaxAttribute.Json)] string json, ICollection<TKey> results)
    {
        using Utf8Text text = new(json);
        return Match(text.Bytes, results);
    }

    /// <inheritdoc cref="Match(ReadOnlySpan{byte}, ICollection{TKey})"/>
    /// <param name="json">The event: a JSON object.</param>
    /// <param name="results">The keys are added to it, each once, in no particular order.</param>
    /// <exception cref="InvalidOperationException"><paramref name="json"/> is of no document: <c>default</c>.</exception>
    /// <exception cref="ObjectDisposedException">The document of <paramref name="json"/> was disposed.</exception>
    public int Match(JsonElement json, ICollection<TKey> results) => Match(JsonMarshal.GetRawUtf8Value(json), results);

    /// <summary>The set as events of a .NET type see it, which are then read without making JSON of them.</summary>
    /// <remarks>
    /// Fields go by the names that System.Text.Json writes; one that the type does not have is absent. Keep the view: making one costs
    /// far more than matching with it.
    /// </remarks>
    /// <typeparam name="TEvent">The type of the events.</typeparam>
    /// <param name="options">
    /// How the events would be written, naming policy, converters and source-generated contexts included; it becomes read-only. Null for
    /// names in camelCase and otherwise the defaults, which takes reflection.
    /// </param>
    /// <returns>A view: what is added to the set later and removed from it counts.</returns>
    /// <exception cref="InvalidOperationException">The type cannot be written as it is declared.</exception>
    /// <exception cref="NotSupportedException">
    /// The options have no contract for the type, or the type is not written as a JSON object.
    /// </exception>
    public EventPatternSet<TKey, TEvent> For<TEvent>(JsonSerializerOptions? options = null) => For<TEvent>(Contracts.Of(options));

    internal EventPatternSet<TKey, TEvent> For<TEvent>(Contracts contracts) => new(this, contracts.OfEvent(typeof(TEvent)));

    internal static int Report(EventReading reading, ICollection<TKey> results)
    {
        ReadOnlySpan<Rule> matches = reading.Memory.Matches;
        foreach (Rule rule in matches)
        {
            results.Add(((KeyedRule)rule).Key);
        }

        return matches.Length;
    }

    /// <summary>Adds a rule, or returns how many wildcards it would make too many.</summary>
    private int TryAdd(TKey key, EventPattern pattern)
    {
        KeyedRule? others = _rules.GetValueOrDefault(key);
        KeyedRule rule = new(key, others?.KeyNumber ?? _keyNumbers, others);
        int complexity = _index.Add(rule, pattern.Branches, _mostWildcards);
        if (complexity > 0)
        {
            // It may have brought the index fields that nobody else asks for.
            _refusedCount++;
            RebuildIfWorthwhile();
            return complexity;
        }

        _keyNumbers += others is null ? 1 : 0;
        _rules[key] = rule;
        _ruleCount++;
        return 0;
    }

    private void RebuildIfWorthwhile()
    {
        int garbage = _removedCount + _refusedCount;
        if (garbage > LeastGarbage && garbage > _ruleCount / GarbageShare)
        {
            Rebuild();
        }
    }

    /// <summary>A fresh index of the rules in force. Readers of the old one end with it undisturbed.</summary>
    private void Rebuild()
    {
        RuleIndex fresh = new(_index.Tree.Version + 1);
        _keyNumbers = 0;
        foreach ((TKey key, KeyedRule head) in _rules.ToArray())
        {
            // Rules are made anew: the old ones keep the numbers and the version that the old index knows them by.
            KeyedRule? copied = null;
            for (KeyedRule? rule = head; rule is not null; rule = rule.Next)
            {
                copied = new KeyedRule(key, copied?.KeyNumber ?? _keyNumbers++, copied);
                fresh.Add(copied, rule.Branches);
            }

            _rules[key] = copied!;
        }

        _removedCount = 0;
        _refusedCount = 0;
        Volatile.Write(ref _index, fresh);
    }

    private sealed class KeyedRule(TKey key, int keyNumber, KeyedRule? next) : Rule(keyNumber)
    {
        public TKey Key { get; } = key;

        /// <summary>The key's rule that was added before this one.</summary>
        public KeyedRule? Next { get; } = next;
    }
}
