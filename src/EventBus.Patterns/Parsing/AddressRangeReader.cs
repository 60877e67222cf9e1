using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>Takes the operand of <c>cidr</c> apart: an address, a slash, the number of bits that count.</summary>
internal static class AddressRangeReader
{
    private const string Remedy = """Write an address and how many of its bits count, as in {"cidr":"10.0.0.0/8"} or {"cidr":"2001:db8::/32"}.""";

    public static bool TryRead(ref PatternReader reader, scoped ReadOnlySpan<byte> text, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        int slash = text.IndexOf((byte)'/');
        if (slash < 0 || text[(slash + 1)..].Contains((byte)'/'))
        {
            return reader.Fail($"The range {reader.Quote()} has {(slash < 0 ? "no slash" : "more than one slash")}.", Remedy);
        }

        Span<byte> address = stackalloc byte[IpAddress.MaxLength];
        int length = IpAddress.Parse(text[..slash], address);
        if (length == 0)
        {
            return reader.Fail($"The range {reader.Quote()} does not begin with an IP address.", Remedy);
        }

        if (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int prefixLength))
        {
            return reader.Fail($"The range {reader.Quote()} does not end in a number of bits.", Remedy);
        }

        int bits = length * 8;
        if (prefixLength >= bits)
        {
            return reader.Fail(
                $"The range {reader.Quote()} has {prefixLength} bits, and must have fewer than {bits}.",
                prefixLength == bits
                    ? $"Write a single address as a plain string: [{Written.String(text[..slash])}]."
                    : $"Write from 0 to {bits - 1} bits, as in {{\"cidr\":\"{Encoding.UTF8.GetString(text[..slash])}/{bits / 2}\"}}.");
        }

        // Bits behind the prefix may be set: 10.1.2.3/8 is the network 10.0.0.0/8.
        IpAddress.KeepPrefix(address[..length], prefixLength);
        condition = new AddressRange(address[..length], prefixLength);
        return true;
    }
}
