using System.Globalization;

namespace WebhookRouter.Handling;

/// <summary>Carries the number of an event's input line in the event's headers, so that a dead letter tells it too.</summary>
internal static class InputLine
{
    private const string Header = "line";

    public static IReadOnlyDictionary<string, string> Headers(long number) =>
        new Dictionary<string, string>(1) { [Header] = number.ToString(CultureInfo.InvariantCulture) };

    public static long Of(IReadOnlyDictionary<string, string> headers) =>
        headers.TryGetValue(Header, out string? number) ? long.Parse(number, CultureInfo.InvariantCulture) : 0;
}
