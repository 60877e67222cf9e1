namespace EventBus.Patterns.Tests.Conformance;

/// <summary>
/// Says whether an event matches, by trying every choice of values: slow, and meant to be right at a glance. It shares no code
/// with the library, and takes for granted that patterns are valid.
/// </summary>
internal static class NaiveMatcher
{
    public static bool IsMatch(string pattern, string @event, PatternProfile profile) =>
        IsMatch(NaivePattern.Parse(pattern, profile), NaiveEvent.Parse(@event));

    public static bool IsMatch(NaivePattern pattern, NaiveEvent @event) =>
        pattern.Branches.Any(branch => pattern.Profile == PatternProfile.EventBridge
            ? MatchesInOrder(branch, @event, [])
            : MatchesAtOnce(branch, @event, [], []));

    // EventBridge: a field is missing when no value of it goes with the values chosen for the fields before it.
    private static bool MatchesInOrder(ReadOnlySpan<NaiveField> fields, NaiveEvent @event, NaiveElement[] chosen)
    {
        if (fields.IsEmpty)
        {
            return true;
        }

        foreach (NaiveValue value in @event.Values(fields[0].Path))
        {
            if (value.IsConsistentWith(chosen)
                && Accepts(fields[0], value)
                && MatchesInOrder(fields[1..], @event, [.. chosen, .. value.Elements]))
            {
                return true;
            }
        }

        return fields[0].AcceptsAbsence && IsAbsent(fields[0], @event, chosen) && MatchesInOrder(fields[1..], @event, chosen);
    }

    // Strict: a field is missing when no value of it goes with the values chosen for all other fields.
    private static bool MatchesAtOnce(ReadOnlySpan<NaiveField> fields, NaiveEvent @event, NaiveElement[] chosen, NaiveField[] absent)
    {
        if (fields.IsEmpty)
        {
            return absent.All(field => IsAbsent(field, @event, chosen));
        }

        foreach (NaiveValue value in @event.Values(fields[0].Path))
        {
            if (value.IsConsistentWith(chosen)
                && Accepts(fields[0], value)
                && MatchesAtOnce(fields[1..], @event, [.. chosen, .. value.Elements], absent))
            {
                return true;
            }
        }

        return fields[0].AcceptsAbsence && MatchesAtOnce(fields[1..], @event, chosen, [.. absent, fields[0]]);
    }

    private static bool Accepts(NaiveField field, NaiveValue value) => field.Alternatives.Any(alternative => alternative(value));

    private static bool IsAbsent(NaiveField field, NaiveEvent @event, NaiveElement[] chosen) =>
        !@event.Values(field.Path).Any(value => value.IsConsistentWith(chosen));
}
