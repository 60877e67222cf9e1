using System.Text.RegularExpressions;

namespace EventBus.Tests.Documentation;

/// <summary>Follows what the documentation points at.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Files() => [.. Documents.All()];

    [Theory]
    [MemberData(nameof(Files))]
    public void RelativeLink_InADocument_PointsAtSomething(string file)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Documents.Root, file))!;

        var broken =
            from link in Link().Matches(WithoutCode(file))
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            let parts = target.Split('#')
            let path = parts[0].Length == 0 ? Path.Combine(Documents.Root, file) : Path.Combine(folder, parts[0])
            where !Exists(path) || (parts.Length > 1 && !Anchors(path).Contains(parts[1]))
            select target;

        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void PathUnderSrc_InADocument_Exists(string file)
    {
        var missing =
            from mention in SourcePath().Matches(Documents.Read(file))
            let path = mention.Value.TrimEnd('.', '/')
            where !path.Contains('*', StringComparison.Ordinal) && !Exists(Path.Combine(Documents.Root, path))
            select path;

        Assert.Empty(missing);
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    private static string WithoutCode(string file) => Code().Replace(Documents.Read(file), "");

    // As the usual renderers name a heading: lower case, punctuation gone, blanks as hyphens.
    private static IEnumerable<string> Anchors(string path) => Heading()
        .Matches(File.ReadAllText(path))
        .Select(static heading => Punctuation()
            .Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "")
            .Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w/])src/[\w.{}*/-]+")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();
}
