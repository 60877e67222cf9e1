using System.Net;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>Strings that are IP addresses within a network. A network of one address stands for that address, written as a plain string.</summary>
/// <param name="network">The network's first address: 4 bytes for IPv4, 16 for IPv6, bits beyond the prefix cleared.</param>
/// <param name="prefixLength">How many bits count.</param>
internal sealed class AddressRange(ReadOnlySpan<byte> network, int prefixLength) : Condition
{
    /// <summary>The network's bytes, and the prefix's length as the last one.</summary>
    public byte[] Key { get; } = [.. network, (byte)prefixLength];

    public ReadOnlySpan<byte> Network => Key.AsSpan(..^1);

    public int PrefixLength => Key[^1];

    public override bool Matches(in FieldValue value)
    {
        if (value.Kind != ValueKind.String)
        {
            return false;
        }

        Span<byte> address = stackalloc byte[IpAddress.MaxLength];
        int length = IpAddress.Parse(value.Text, address);
        if (length != Network.Length)
        {
            return false;
        }

        IpAddress.KeepPrefix(address[..length], PrefixLength);
        return address[..length].SequenceEqual(Network);
    }

    public override string ToString()
    {
        IPAddress address = new(Network);
        return PrefixLength == Network.Length * 8 ? $"\"{address}\"" : $$"""{"cidr":"{{address}}/{{PrefixLength}}"}""";
    }
}
