using System.Globalization;

namespace WebhookRouter;

/// <summary>What the command line asks for.</summary>
/// <param name="Path">The file to read; null for standard input.</param>
/// <param name="Routes">The file that tells which webhooks go to which subscription.</param>
/// <param name="MaxLineBytes">The longest line that is read, in bytes without its end.</param>
/// <param name="WantsHelp">Whether to show the usage and nothing else.</param>
internal sealed record Arguments(string? Path, string Routes, int MaxLineBytes, bool WantsHelp)
{
    /// <summary>The largest payload GitHub sends is 25 MB; the rest of the line has room above it.</summary>
    public const int DefaultMaxLineBytes = 26 * 1024 * 1024;

    private static readonly string DefaultRoutes = System.IO.Path.Combine(AppContext.BaseDirectory, "routes.json");

    public const string Usage =
        """
        Reads webhook deliveries, one JSON object a line ({"name": "...", "payload": {...}}), publishes each as a typed
        event, routes the events to handlers by their content, and shows what became of every line.

        usage: WebhookRouter [options] [path | -]

          path                    the file to read; '-' or nothing reads standard input
          --routes PATH           a JSON object with an event pattern for each subscription (default: routes.json beside
                                  the program)
          --max-line-bytes NUMBER a longer line is reported and skipped (default 27262976)
          --help                  this text

        A line that is no such object, or whose payload lacks what its event's type requires, is reported with its number
        and skipped. Names without a type of their own become a generic event.

        exit code: 0 all lines accounted for; 1 a sum does not hold; 2 the input, the arguments or the routes cannot be read;
        130 interrupted (what was accepted is still completed and shown)
        """;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">An argument is unknown, or its value is no number above zero.</exception>
    public static Arguments Read(IReadOnlyList<string> words)
    {
        Arguments arguments = new(null, DefaultRoutes, DefaultMaxLineBytes, WantsHelp: false);
        bool hasInput = false;
        for (int i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--help" or "-h" or "-?":
                    return arguments with { WantsHelp = true };
                case "--routes":
                    i++;
                    arguments = arguments with
                    {
                        Routes = i < words.Count ? words[i] : throw new FormatException("--routes takes a path."),
                    };
                    break;
                case "--max-line-bytes":
                    i++;
                    arguments = arguments with { MaxLineBytes = ReadLimit(i < words.Count ? words[i] : "nothing") };
                    break;
                case var word when word.Length == 0 || (word != "-" && word.StartsWith('-')):
                    throw new FormatException($"The argument '{word}' is unknown. --help lists those there are.");
                case var word:
                    if (hasInput)
                    {
                        throw new FormatException($"'{word}' is a second input. Name one path, or '-' for standard input.");
                    }

                    hasInput = true;
                    arguments = arguments with { Path = word == "-" ? null : word };
                    break;
            }
        }

        return arguments;
    }

    // Up to 1 GiB: a line is one array, and .NET's arrays of bytes end a little above 2 GiB.
    private static int ReadLimit(string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is > 0 and <= 1 << 30
            ? limit
            : throw new FormatException($"--max-line-bytes takes a number from 1 to {1 << 30}, not '{word}'.");
}
