using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Tests.Conditions;

public sealed class IpAddressTests
{
    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("010.1.2.3", "10.1.2.3")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("2001:DB8::8:0:1", "2001:db8::8:0:1")]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    public void Parse_Address_WritesItsBytes(string text, string address)
    {
        Span<byte> bytes = stackalloc byte[IpAddress.MaxLength];

        int length = IpAddress.Parse(Encoding.ASCII.GetBytes(text), bytes);

        Assert.Equal(IPAddress.Parse(address).GetAddressBytes(), bytes[..length].ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.")]
    [InlineData(".1.2.3")]
    [InlineData("1..2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.4 ")]
    [InlineData("0x1.2.3.4")]
    [InlineData("-1.2.3.4")]
    [InlineData("1,2,3,4")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("1::2::3")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("fe80::1.2.3")]
    [InlineData("1.2.3.4::")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("+1::")]
    public void Parse_AnythingElse_IsNoAddress(string text) =>
        Assert.Equal(0, IpAddress.Parse(Encoding.ASCII.GetBytes(text), stackalloc byte[IpAddress.MaxLength]));

    [Fact]
    public void Parse_AnyAddressAsTheFrameworkWritesIt_IsThatAddress() => Gen.Byte.Array[16].Sample(
        static bytes =>
        {
            // Zeros now and then, so that the framework shortens them.
            for (int i = 2; i < bytes.Length; i += 2)
            {
                if (bytes[i] % 3 == 0)
                {
                    bytes[i] = bytes[i + 1] = 0;
                }
            }

            foreach (IPAddress address in (IPAddress[])[new IPAddress(bytes), new IPAddress(bytes.AsSpan(0, 4))])
            {
                byte[] parsed = new byte[IpAddress.MaxLength];
                int length = IpAddress.Parse(Encoding.ASCII.GetBytes(address.ToString()), parsed);
                Assert.Equal(address.GetAddressBytes(), parsed[..length]);
            }
        });

    [Fact]
    public void Parse_AnyTextOfAddressCharacters_IsNoAddressThatTheFrameworkRefuses() =>
        Gen.Char["123af:.:"].Array[1, 24].Select(static characters => new string(characters)).Sample(
            static text =>
            {
                Span<byte> parsed = stackalloc byte[IpAddress.MaxLength];
                int length = IpAddress.Parse(Encoding.ASCII.GetBytes(text), parsed);
                bool isV6 = text.Contains(':', StringComparison.Ordinal)
                    && IPAddress.TryParse(text, out IPAddress? address)
                    && address.AddressFamily == AddressFamily.InterNetworkV6;
                Assert.Equal(isV6, length == IpAddress.MaxLength);
            },
            iter: 200_000);

    [Theory]
    [InlineData(0, "0.0.0.0")]
    [InlineData(1, "128.0.0.0")]
    [InlineData(8, "255.0.0.0")]
    [InlineData(13, "255.248.0.0")]
    [InlineData(31, "255.255.255.254")]
    [InlineData(32, "255.255.255.255")]
    public void KeepPrefix_ClearsWhatIsBehindIt(int length, string mask)
    {
        byte[] address = [255, 255, 255, 255];

        IpAddress.KeepPrefix(address, length);

        Assert.Equal(IPAddress.Parse(mask).GetAddressBytes(), address);
    }
}
