namespace EventBus.Tests.Documentation;

/// <summary>Finds and reads the repository's Markdown files.</summary>
internal static class Documents
{
    private static readonly string[] Skipped = ["artifacts", "bin", "obj", ".git"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every Markdown file of the repository, by its path from the root.</summary>
    public static IEnumerable<string> All() => Directory
        .EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
        .Select(static file => Path.GetRelativePath(Root, file).Replace(Path.DirectorySeparatorChar, '/'))
        .Where(static file => !file.Split('/').Any(Skipped.Contains))
        .Order(StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file)).ReplaceLineEndings("\n");

    public static string[] Lines(string file) => Read(file).Split('\n');

    /// <summary>The fenced blocks of one language, each with the line of its first line of code, counted from 1.</summary>
    public static IEnumerable<(int Line, string Text)> Blocks(string file, string language)
    {
        string[] lines = Lines(file);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i] != $"```{language}")
            {
                continue;
            }

            int end = Array.IndexOf(lines, "```", i + 1);
            Assert.True(end > 0, $"{file}({i + 1}): the block is not closed.");
            yield return (i + 2, string.Join('\n', lines[(i + 1)..end]));
            i = end;
        }
    }

    /// <summary>The rows of every table whose header begins with a cell, each cut into its cells.</summary>
    public static IEnumerable<string[]> Rows(string file, string firstHeader)
    {
        bool isInside = false;
        foreach (string line in Lines(file))
        {
            string[] cells = [.. line.Split('|', StringSplitOptions.TrimEntries).Skip(1).SkipLast(1)];
            if (cells.Length == 0)
            {
                isInside = false;
            }
            else if (cells[0] == firstHeader)
            {
                isInside = true;
            }
            else if (isInside && !cells[0].StartsWith("---", StringComparison.Ordinal))
            {
                yield return cells;
            }
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "EventBus.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("No EventBus.sln above the test assembly.");
    }
}
