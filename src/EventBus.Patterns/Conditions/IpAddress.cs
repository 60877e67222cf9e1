using System.Buffers.Binary;
using System.Buffers.Text;

namespace EventBus.Patterns.Conditions;

/// <summary>IP addresses in their text form: four decimal numbers, or the colon form of IPv6 without zone, port or brackets.</summary>
internal static class IpAddress
{
    public const int MaxLength = 16;

    private const int LongestText = 45;

    /// <summary>Writes the address in network order and returns its length: 4, 16, or 0 where the text is no address.</summary>
    public static int Parse(ReadOnlySpan<byte> text, Span<byte> address)
    {
        if (text.Length is 0 or > LongestText)
        {
            return 0;
        }

        if (text[..Math.Min(text.Length, 5)].Contains((byte)':'))
        {
            return ParseColonForm(text, address);
        }

        return ParseDotted(text, address);
    }

    // By hand: the framework's parser also takes octal, hexadecimal and fewer than four parts.
    private static int ParseDotted(ReadOnlySpan<byte> text, Span<byte> address)
    {
        int part = 0;
        int value = -1;
        foreach (byte character in text)
        {
            int digit = character - '0';
            if ((uint)digit <= 9)
            {
                value = value < 0 ? digit : (value * 10) + digit;
                if (value > 255)
                {
                    return 0;
                }
            }
            else if (character == '.' && value >= 0 && part < 3)
            {
                address[part++] = (byte)value;
                value = -1;
            }
            else
            {
                return 0;
            }
        }

        if (part != 3 || value < 0)
        {
            return 0;
        }

        address[3] = (byte)value;
        return 4;
    }

    // By hand too: the framework's parser makes an object of every address. RFC 4291, section 2.2.
    private static int ParseColonForm(ReadOnlySpan<byte> text, Span<byte> address)
    {
        address.Clear();
        int written = 0;
        int gap = -1;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            text = text[2..];
        }

        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)':');
            ReadOnlySpan<byte> part = end < 0 ? text : text[..end];
            if (end < 0 && part.Contains((byte)'.'))
            {
                if (written > MaxLength - 4 || ParseDotted(part, address[written..]) == 0)
                {
                    return 0;
                }

                written += 4;
                break;
            }

            if (part.Length is 0 or > 4 || written == MaxLength || !Utf8Parser.TryParse(part, out ushort group, out int used, 'x') || used != part.Length)
            {
                return 0;
            }

            BinaryPrimitives.WriteUInt16BigEndian(address[written..], group);
            written += 2;
            if (end < 0)
            {
                break;
            }

            text = text[(end + 1)..];
            if (text.IsEmpty)
            {
                return 0;
            }

            if (text[0] == ':')
            {
                if (gap >= 0)
                {
                    return 0;
                }

                gap = written;
                text = text[1..];
            }
        }

        if (gap < 0 ? written != MaxLength : written == MaxLength)
        {
            return 0;
        }

        if (gap >= 0)
        {
            int tail = written - gap;
            address[gap..written].CopyTo(address[(MaxLength - tail)..]);
            address[gap..(MaxLength - tail)].Clear();
        }

        return MaxLength;
    }

    /// <summary>Clears the bits behind a prefix.</summary>
    public static void KeepPrefix(Span<byte> address, int prefixLength)
    {
        for (int i = 0; i < address.Length; i++)
        {
            int kept = Math.Clamp(prefixLength - (i * 8), 0, 8);
            address[i] &= (byte)(0xFF << (8 - kept));
        }
    }
}
