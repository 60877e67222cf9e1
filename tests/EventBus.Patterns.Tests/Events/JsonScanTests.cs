using System.Text;
using CsCheck;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Tests.Events;

public sealed class JsonScanTests
{
    private static readonly Gen<string> Text = Gen.Char["\"\\{}[] ax\\\"\u00e9"].Array[0, 200].Select(static characters => new string(characters));

    [Fact]
    public void ContainerEnd_AnyText_AgreesWithReadingByteByByte() => Text.Sample(
        static text =>
        {
            byte[] json = Encoding.UTF8.GetBytes(text);
            for (int start = 0; start <= Math.Min(3, json.Length); start++)
            {
                Assert.Equal(NaiveContainerEnd(json, start), JsonScan.ContainerEnd(json, start));
            }
        },
        iter: 50_000);

    [Fact]
    public void StringEnd_AnyText_AgreesWithReadingByteByByte() => Text.Sample(
        static text =>
        {
            byte[] json = Encoding.UTF8.GetBytes(text);
            (int end, bool isPlain) = NaiveStringEnd(json);

            int found = JsonScan.StringEnd(json, 0, out bool foundPlain);

            Assert.Equal(end, found);
            Assert.True(end < 0 || isPlain == foundPlain);
        },
        iter: 50_000);

    private static int NaiveContainerEnd(byte[] json, int start)
    {
        int depth = 1;
        bool isInString = false;
        bool isEscaped = false;
        for (int i = start; i < json.Length; i++)
        {
            // Outside of strings a backslash is a fault that others find; here it escapes a quotation mark there too.
            bool isLiteral = isEscaped;
            isEscaped = !isEscaped && json[i] == '\\';
            if (json[i] == '"' && !isLiteral)
            {
                isInString = !isInString;
            }
            else if (!isInString && (json[i] == '{' || json[i] == '['))
            {
                depth++;
            }
            else if (!isInString && (json[i] == '}' || json[i] == ']') && --depth == 0)
            {
                return i + 1;
            }
        }

        return -1;
    }

    private static (int End, bool IsPlain) NaiveStringEnd(byte[] json)
    {
        bool isPlain = true;
        for (int i = 0; i < json.Length; i++)
        {
            switch (json[i])
            {
                case (byte)'"':
                    return (i, isPlain);
                case (byte)'\\':
                    isPlain = false;
                    i++;
                    break;
                case < (byte)' ':
                    return (-1, false);
                case > 0x7F:
                    isPlain = false;
                    break;
                default:
                    break;
            }
        }

        return (-1, false);
    }
}
