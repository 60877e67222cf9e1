using System.Text;
using WebhookRouter.Reading;

namespace WebhookRouter.Tests.Reading;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a", "1:a")]
    [InlineData("a\n", "1:a")]
    [InlineData("a\r\nb\n", "1:a", "2:b")]
    [InlineData("\n\na", "1:", "2:", "3:a")]
    [InlineData("\uFEFFa\n\uFEFFb", "1:a", "2:\uFEFFb")]
    [InlineData("12345678\n123456789\nok", "1:12345678", "2:too long 9", "3:ok")]
    [InlineData("ok\n1234567890123", "1:ok", "2:too long 13")]
    public async Task Read_HoweverTheStreamIsCut_YieldsTheSameLines(string text, params string[] expected)
    {
        foreach (int chunk in (int[])[1, 2, 3, 1_000])
        {
            Assert.Equal(expected, await ReadAllAsync(text, chunk, maxLineBytes: 8));
        }
    }

    [Fact]
    public async Task Read_LinesLongerThanTheFirstBuffer_AreWhole()
    {
        string text = string.Join('\n', Enumerable.Range(1, 9).Select(static i => new string((char)('a' + i), i * 30_000)));

        IReadOnlyList<string> lines = await ReadAllAsync(text, chunk: 50_000, maxLineBytes: 200_000);

        Assert.Equal(9, lines.Count);
        Assert.Equal("6:" + new string('g', 180_000), lines[5]);
        Assert.Equal("7:too long 210000", lines[6]);
        Assert.Equal("9:too long 270000", lines[8]);
    }

    [Fact]
    public async Task Read_LineFarOverTheLimit_HoldsNoneOfIt()
    {
        // 64 MiB stand for more: the reader's memory must not follow the line's length.
        await using RepeatingStream stream = new(64L * 1024 * 1024);
        LineReader reader = new(stream, maxLineBytes: 1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        bool found = await reader.ReadAsync(TestContext.Current.CancellationToken);

        Assert.True(found);
        Assert.True(reader.IsTooLong);
        Assert.Equal(64L * 1024 * 1024, reader.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    private static async Task<IReadOnlyList<string>> ReadAllAsync(string text, int chunk, int maxLineBytes)
    {
        await using CuttingStream stream = new(Encoding.UTF8.GetBytes(text), chunk);
        LineReader reader = new(stream, maxLineBytes);
        List<string> lines = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            string line = reader.IsTooLong ? $"too long {reader.Length}" : Encoding.UTF8.GetString(reader.Line.Span);
            lines.Add($"{reader.Number}:{line}");
        }

        return lines;
    }

    private sealed class CuttingStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }

    private sealed class RepeatingStream(long length) : MemoryStream
    {
        private long _left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = (int)Math.Min(_left, buffer.Length);
            buffer.Span[..count].Fill((byte)'x');
            _left -= count;
            return new ValueTask<int>(count);
        }
    }
}
