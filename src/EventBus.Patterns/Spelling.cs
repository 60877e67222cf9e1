namespace EventBus.Patterns;

/// <summary>Guesses what a misspelt name was meant to be. The bus compiles this file too.</summary>
internal static class Spelling
{
    /// <summary>A sentence of its own, with a blank before it: <c> Did you mean 'Retry'?</c> Nothing where no name is near.</summary>
    public static string DidYouMean(string written, IEnumerable<string> known) =>
        Nearest(written, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <summary>The nearest name, unless it is so far away that the guess would be a riddle.</summary>
    public static string? Nearest(string written, IEnumerable<string> known) => known
        .Select(name => (Name: name, Distance: Distance(written, name)))
        .Where(guess => guess.Distance <= Math.Max(2, written.Length / 3))
        .OrderBy(static guess => guess.Distance)
        .Select(static guess => guess.Name)
        .FirstOrDefault();

    // Levenshtein's distance, case ignored, by the method of Wagner and Fischer with one row kept.
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 0; i < left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < right.Length; j++)
            {
                int substituted = diagonal + (char.ToUpperInvariant(left[i]) == char.ToUpperInvariant(right[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(substituted, Math.Min(row[j], row[j + 1]) + 1);
            }
        }

        return row[^1];
    }
}
