using System.Text;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>The names of the operators, and what else people write for them.</summary>
internal static class Operators
{
    public static readonly string[] All =
        ["exactly", "prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists"];

    // EventBridge keeps these free for operators to come: inside '$or' they are no names of fields.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "exactly", "prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists",
        "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case",
        "date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
        "ip-address-in-range", "ip-address-not-in-range",
    };

    private static readonly byte[][] AllInUtf8 = Array.ConvertAll(All, Encoding.UTF8.GetBytes);

    /// <summary>The operator of a name, or null.</summary>
    public static string? Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < AllInUtf8.Length; i++)
        {
            if (name.SequenceEqual(AllInUtf8[i]))
            {
                return All[i];
            }
        }

        return null;
    }

    public static bool IsReserved(ReadOnlySpan<char> name) => Reserved.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    /// <summary>How a field is given an operator.</summary>
    public static string InList(string field, string name) => $$"""{{Written.String(field)}}:[{"{{name}}":...}]""";

    /// <summary>Whether a field's name is likely to be meant as <c>$or</c>.</summary>
    public static bool IsLikeOr(string path)
    {
        string name = path[(path.LastIndexOf('.') + 1)..].Trim('$', ' ').Replace("-", "", StringComparison.Ordinal);
        return name.ToUpperInvariant() is "OR" or "ANYOF" or "ONEOF" or "ANY" or "||";
    }

    /// <summary>What to write instead of an operator that there is not.</summary>
    public static string Instead(string written) => Spelling.Nearest(written, All) is { } nearest
        ? $"Did you mean '{nearest}'?"
        : Plain(written) switch
        {
            "startswith" or "beginswith" or "begins" => """Write {"prefix":"a"} for strings that begin with a text.""",
            "endswith" or "ends" => """Write {"suffix":"a"} for strings that end with a text.""",
            "regex" or "regexp" or "matches" or "match" or "like" or "glob" or "pattern" =>
                """Write {"wildcard":"a*b"}, where * stands for any characters.""",
            "contains" or "includes" => """Write {"wildcard":"*a*"} for strings that contain a text.""",
            "not" or "ne" or "neq" or "!=" or "<>" or "notin" or "nin" or "notequals" or "anythingexcept" =>
                """Write {"anything-but":["a","b"]} for values outside of a list.""",
            "in" or "oneof" or "anyof" or "or" or "equals" or "eq" or "==" or "is" =>
                """Write the values themselves into the field's list: ["a","b"].""",
            "=" or "<" or "<=" or ">" or ">=" or "gt" or "gte" or "ge" or "lt" or "lte" or "le" or "greater" or "greaterthan"
                or "less" or "lessthan" or "between" or "range" or "min" or "max" or "number" =>
                """Write {"numeric":[">=",1,"<",5]} for a range of numbers.""",
            "ip" or "ipaddress" or "subnet" or "network" => """Write {"cidr":"10.0.0.0/8"} for a range of addresses.""",
            "ignorecase" or "caseinsensitive" or "iequals" => """Write {"equals-ignore-case":"a"}.""",
            "present" or "defined" or "missing" or "absent" or "null" =>
                """Write {"exists":true} for a field that is there, {"exists":false} for one that is not.""",
            _ => $"Write one of these: {string.Join(", ", All)}.",
        };

    private static string Plain(string written) => new([.. written
        .Where(static character => character is not ('-' or '_' or ' ' or '$'))
        .Select(char.ToLowerInvariant)]);
}
