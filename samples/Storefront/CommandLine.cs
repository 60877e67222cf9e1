using System.Globalization;

namespace Storefront;

/// <summary>What was asked for on the command line.</summary>
internal sealed record CommandLine
{
    public const string Usage =
        """
        Usage: dotnet run --project samples/Storefront [-- options]

        A shop made of five modules that know each other's events alone.
        Without options it tells the story of twelve orders, in a few seconds.

          --orders N    places N orders as a load instead, 1 to 1,000,000
          --verbose     shows the event bus's own log, on standard error
          --help        shows this text

        Exit code: 0 when the books balance, 1 when they do not, 2 for bad arguments.
        """;

    private const int MaxOrders = 1_000_000;

    /// <summary>How many orders to place as a load; null for the story.</summary>
    public int? Orders { get; private init; }

    public bool IsVerbose { get; private init; }

    public bool WantsHelp { get; private init; }

    /// <summary>Why the command line cannot be obeyed; null where it can.</summary>
    public string? Error { get; private init; }

    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        CommandLine result = new();
        for (int i = 0; i < arguments.Count && result.Error is null; i++)
        {
            (string name, string? value) = arguments[i].Split('=', 2) is [var key, var rest] ? (key, rest) : (arguments[i], null);
            result = (name, value) switch
            {
                ("--orders", null) when i + 1 < arguments.Count => result.WithOrders(arguments[++i]),
                ("--orders", _) => result.WithOrders(value),
                ("--verbose", null) => result with { IsVerbose = true },
                ("--help" or "-h" or "-?", null) => result with { WantsHelp = true },
                _ => result with { Error = $"'{arguments[i]}' is not an option of this program." },
            };
        }

        return result;
    }

    private CommandLine WithOrders(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int orders) && orders is > 0 and <= MaxOrders
            ? this with { Orders = orders }
            : this with
            {
                Error = $"--orders takes a whole number from 1 to {MaxOrders:N0}, such as --orders 100000; " +
                    (value is null ? "the number is missing." : $"'{value}' is not one."),
            };
}
