namespace EventBus.Patterns.Benchmarks;

/// <summary>Five rules of one kind each, over the lots.</summary>
internal static class LotRules
{
    /// <summary>The kinds of which all together make the set of 45.</summary>
    private static readonly string[] Mixed =
        ["Numeric", "Exact", "Prefix", "AnythingBut", "AnythingButIgnoreCase", "AnythingButPrefix", "AnythingButSuffix", "AnythingButWildcard", "ComplexArrays"];

    private static readonly Dictionary<string, string[]> Kinds = new()
    {
        ["Exact"] = Properties("MAPBLKLOT", "\"2613042\"", "\"2613117\"", "\"0921018\"", "\"3745012\"", "\"7001199\""),
        ["Prefix"] = Properties("STREET", """{"prefix":"LOMA"}""", """{"prefix":"PIN"}""", """{"prefix":"SUTG"}""", """{"prefix":"HARW"}""", """{"prefix":"OAKS"}"""),
        ["Suffix"] = Properties("STREET", """{"suffix":"TON"}""", """{"suffix":"OAKO"}""", """{"suffix":"PINER"}""", """{"suffix":"WASA"}""", """{"suffix":"DO"}"""),
        ["IgnoreCase"] = Properties(
            "STREET", """{"equals-ignore-case":"lomaton"}""", """{"equals-ignore-case":"HarBroLey"}""", """{"equals-ignore-case":"WASDO"}""",
            """{"equals-ignore-case":"clasaner"}""", """{"equals-ignore-case":"Calia"}"""),
        ["Wildcard"] = Properties(
            "MAPBLKLOT", """{"wildcard":"143*"}""", """{"wildcard":"2*0*1*7"}""", """{"wildcard":"*218"}""", """{"wildcard":"3*5*2"}""", """{"wildcard":"70*11"}"""),
        ["Numeric"] =
        [
            """{"geometry":{"type":["Polygon"],"firstCoordinates":{"x":[{"numeric":["=",-122.42916360922355]}]}}}""",
            """{"geometry":{"type":["MultiPolygon"],"firstCoordinates":{"z":[{"numeric":["=",0]}]}}}""",
            """{"geometry":{"firstCoordinates":{"x":[{"numeric":["<",-122.416]}]}}}""",
            """{"geometry":{"firstCoordinates":{"x":[{"numeric":[">",-122.416]}]}}}""",
            """{"geometry":{"firstCoordinates":{"x":[{"numeric":[">",-122.4647,"<",-122.4063]}]}}}""",
        ],
        ["AnythingBut"] =
        [
            Property("STREET", """{"anything-but":["LOMATON"]}"""),
            Property("STREET", """{"anything-but":["WASDO"]}"""),
            Property("ST_TYPE", """{"anything-but":["ST"]}"""),
            """{"geometry":{"type":[{"anything-but":["Polygon"]}]}}""",
            Property("FROM_ST", """{"anything-but":["441"]}"""),
        ],
        ["AnythingButIgnoreCase"] =
        [
            Property("STREET", """{"anything-but":{"equals-ignore-case":["lomaton"]}}"""),
            Property("STREET", """{"anything-but":{"equals-ignore-case":["WasDo"]}}"""),
            Property("ST_TYPE", """{"anything-but":{"equals-ignore-case":["st"]}}"""),
            """{"geometry":{"type":[{"anything-but":{"equals-ignore-case":["polygon"]}}]}}""",
            Property("FROM_ST", """{"anything-but":{"equals-ignore-case":["441"]}}"""),
        ],
        ["AnythingButPrefix"] =
        [
            Property("STREET", """{"anything-but":{"prefix":"LOMAT"}}"""),
            Property("STREET", """{"anything-but":{"prefix":"WASD"}}"""),
            Property("ST_TYPE", """{"anything-but":{"prefix":"S"}}"""),
            """{"geometry":{"type":[{"anything-but":{"prefix":"Poly"}}]}}""",
            Property("FROM_ST", """{"anything-but":{"prefix":"44"}}"""),
        ],
        ["AnythingButSuffix"] =
        [
            Property("STREET", """{"anything-but":{"suffix":"MATON"}}"""),
            Property("STREET", """{"anything-but":{"suffix":"ASDO"}}"""),
            Property("ST_TYPE", """{"anything-but":{"suffix":"T"}}"""),
            """{"geometry":{"type":[{"anything-but":{"suffix":"olygon"}}]}}""",
            Property("FROM_ST", """{"anything-but":{"suffix":"41"}}"""),
        ],
        ["AnythingButWildcard"] = Properties(
            "MAPBLKLOT", """{"anything-but":{"wildcard":"143*"}}""", """{"anything-but":{"wildcard":"2*0*1*7"}}""",
            """{"anything-but":{"wildcard":"*218"}}""", """{"anything-but":{"wildcard":"3*5*2"}}""", """{"anything-but":{"wildcard":"70*11"}}"""),
        ["ComplexArrays"] =
        [
            """{"geometry":{"type":["Polygon"],"coordinates":{"x":[{"numeric":["=",-122.42916360922355]}]}}}""",
            """{"geometry":{"type":["MultiPolygon"],"coordinates":{"y":[{"numeric":["=",37.729900216217324]}]}}}""",
            """{"geometry":{"coordinates":{"x":[{"numeric":["<",-122.416]}]}}}""",
            """{"geometry":{"coordinates":{"x":[{"numeric":[">",-122.416]}]}}}""",
            """{"geometry":{"coordinates":{"x":[{"numeric":[">",-122.4647,"<",-122.4063]}]}}}""",
        ],
    };

    public static IEnumerable<string> Names => Kinds.Keys.Append("All45");

    public static EventPatternSet<string> Set(string kind)
    {
        EventPatternSet<string> set = new();
        string[] rules = kind == "All45" ? [.. Mixed.SelectMany(static each => Kinds[each])] : Kinds[kind];
        for (int i = 0; i < rules.Length; i++)
        {
            set.Add($"rule-{i}", EventPattern.Parse(rules[i]));
        }

        return set;
    }

    private static string[] Properties(string name, params string[] alternatives) =>
        Array.ConvertAll(alternatives, alternative => Property(name, alternative));

    private static string Property(string name, string alternative) => $$$"""{"properties":{"{{{name}}}":[{{{alternative}}}]}}""";
}
