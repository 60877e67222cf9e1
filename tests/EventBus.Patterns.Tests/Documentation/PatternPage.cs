using System.Text.RegularExpressions;

namespace EventBus.Patterns.Tests.Documentation;

/// <summary>Reads the pages about patterns.</summary>
internal static partial class PatternPage
{
    public const string Path = "docs/patterns.md";

    private static readonly string Root = FindRoot();

    /// <summary>The page's examples, in their order.</summary>
    public static PatternExample[] Examples { get; } = [.. ReadExamples()];

    public static string[] Lines(string page) =>
        File.ReadAllText(System.IO.Path.Combine(Root, page)).ReplaceLineEndings("\n").Split('\n');

    /// <summary>The fenced blocks of one language, each with the line of its first line of code, from 1.</summary>
    public static IEnumerable<(int Line, string[] Text)> Blocks(string page, string language)
    {
        string[] lines = Lines(page);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i] != $"```{language}")
            {
                continue;
            }

            int end = Array.IndexOf(lines, "```", i + 1);
            Assert.True(end > 0, $"{page}({i + 1}): the block is not closed.");
            yield return (i + 2, lines[(i + 1)..end]);
            i = end;
        }
    }

    /// <summary>The rows of the table whose header begins with a cell, each cut into its cells.</summary>
    public static IEnumerable<string[]> Rows(string firstHeader) => Lines(Path)
        .SkipWhile(line => !line.StartsWith($"| {firstHeader} |", StringComparison.Ordinal))
        .Skip(2)
        .TakeWhile(static line => line.StartsWith('|'))
        .Select(static line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]);

    private static IEnumerable<PatternExample> ReadExamples()
    {
        string[] lines = Lines(Path);
        foreach ((int start, string[] block) in Blocks(Path, "pattern"))
        {
            string section = Array.FindLast(lines[..start], static line => line.StartsWith('#'))!.TrimStart('#', ' ');
            string pattern = "";
            bool isBehindVerdict = true;
            for (int i = 0; i < block.Length; i++)
            {
                Match verdict = Verdict().Match(block[i]);
                if (verdict.Success)
                {
                    Assert.True(pattern.Length > 0, $"{Path}({start + i}): a verdict without a pattern.");
                    isBehindVerdict = true;
                    yield return new PatternExample(
                        start + i,
                        section,
                        pattern,
                        verdict.Groups["verdict"].Value,
                        Enum.TryParse(verdict.Groups["profile"].Value, out PatternProfile profile) ? profile : null,
                        verdict.Groups["text"].Value);
                }
                else if (block[i].Length > 0)
                {
                    pattern = isBehindVerdict ? block[i] : $"{pattern}\n{block[i]}";
                    isBehindVerdict = false;
                }
            }

            Assert.True(isBehindVerdict, $"{Path}({start + block.Length}): a pattern without a verdict.");
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "EventBus.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("No EventBus.sln above the test assembly.");
    }

    [GeneratedRegex(@"^(?<verdict>match|no match|fault|refused)( under (?<profile>Strict|EventBridge))?: +(?<text>.+)$")]
    private static partial Regex Verdict();
}
