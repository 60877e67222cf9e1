using System.Globalization;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>IP addresses as lists of bits, so that a network is a list's beginning.</summary>
internal static class NaiveAddress
{
    /// <summary>An address as 32 or 128 zeros and ones, or null where the text is none.</summary>
    public static string? Parse(string text) => text.Contains(':', StringComparison.Ordinal) ? ParseColonForm(text) : ParseDottedForm(text);

    /// <summary>Whether an address begins with the first bits of a network's address. Families are never mixed.</summary>
    public static bool IsWithin(string? address, string network)
    {
        string[] parts = network.Split('/');
        string start = Parse(parts[0])!;
        int length = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return address?.Length == start.Length && address[..length] == start[..length];
    }

    private static string? ParseDottedForm(string text)
    {
        string[] parts = text.Split('.');
        bool isAddress = parts.Length == 4
            && parts.All(static part => part.Length > 0 && part.All(char.IsAsciiDigit) && NaiveNumber.ToDouble(part) <= 255);
        return isAddress ? string.Concat(parts.Select(static part => Bits(int.Parse(part, CultureInfo.InvariantCulture), 8))) : null;
    }

    private static string? ParseColonForm(string text)
    {
        string[] halves = text.Split("::");
        string[] first = Groups(halves[0]);
        string[] last = halves.Length > 1 ? Groups(halves[1]) : [];
        int missing = 8 - first.Length - last.Length;
        bool isAddress = halves.Length switch { 1 => missing == 0, 2 => missing > 0, _ => false }
            && first.Concat(last).All(static group => group.Length is > 0 and <= 4 && group.All(char.IsAsciiHexDigit));
        string[] groups = isAddress ? [.. first, .. Enumerable.Repeat("0", missing), .. last] : [];
        return isAddress ? string.Concat(groups.Select(static group => Bits(Convert.ToInt32(group, 16), 16))) : null;
    }

    private static string[] Groups(string text) => text.Length == 0 ? [] : text.Split(':');

    private static string Bits(int value, int length) => Convert.ToString(value, 2).PadLeft(length, '0');
}
