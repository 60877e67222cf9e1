namespace EventBus.Patterns.Benchmarks;

/// <summary>Rules on the same few fields of the bus events, as many as are asked for.</summary>
internal static class BusRules
{
    private static readonly Dictionary<string, Func<int, string>> Kinds = new()
    {
        ["Exact"] = static i => Customer($"\"{BusEvents.Customer(i)}\""),
        ["ExactOfThree"] = static i =>
            $$$"""{"source":["{{{BusEvents.Source(i)}}}"],"detail-type":["{{{BusEvents.DetailType(i)}}}"],"detail":{"customer":["{{{BusEvents.Customer(i)}}}"]}}""",
        ["Prefix"] = static i => Customer($$"""{"prefix":"{{BusEvents.Customer(i)[..^1]}}"}"""),
        ["Suffix"] = static i => Customer($$"""{"suffix":"{{BusEvents.Customer(i)[1..]}}"}"""),
        ["IgnoreCase"] = static i => Customer($$"""{"equals-ignore-case":"{{BusEvents.Customer(i).ToUpperInvariant()}}"}"""),
        ["Number"] = static i => $$$"""{"detail":{"amount":[{{{(i * 10) + 3}}}]}}""",
        ["Range"] = static i => $$$"""{"detail":{"amount":[{"numeric":[">=",{{{i * 10}}},"<",{{{(i * 10) + 15}}}]}]}}""",
        ["Cidr"] = static i => $$$"""{"detail":{"ip":[{"cidr":"{{{BusEvents.Network(i)}}}.0/24"}]}}""",
        ["Wildcard"] = static i => Customer($$"""{"wildcard":"{{BusEvents.Customer(i)[..5]}}*{{BusEvents.Customer(i)[6..]}}"}"""),
        ["LeadingWildcard"] = static i => Customer($$"""{"wildcard":"*{{BusEvents.Customer(i)[3..8]}}*"}"""),
    };

    public static IEnumerable<string> Names => Kinds.Keys;

    public static EventPatternSet<int> Set(string kind, int count)
    {
        EventPatternSet<int> set = new();
        for (int i = 0; i < count; i++)
        {
            set.Add(i, EventPattern.Parse(Kinds[kind](i)));
        }

        return set;
    }

    public static EventPattern[] Patterns(string kind, int count) =>
        [.. Enumerable.Range(0, count).Select(i => EventPattern.Parse(Kinds[kind](i)))];

    private static string Customer(string alternative) => $$$"""{"detail":{"customer":[{{{alternative}}}]}}""";
}
