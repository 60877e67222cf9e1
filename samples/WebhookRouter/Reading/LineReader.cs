namespace WebhookRouter.Reading;

/// <summary>Cuts a stream into lines, holding one of them at a time, and none that is too long.</summary>
/// <remarks>
/// Lines end in LF or CR LF; the last one may lack it. A byte order mark at the very start is passed over. Used by one flow.
/// </remarks>
internal sealed class LineReader(Stream stream, int maxLineBytes)
{
    private const int ChunkBytes = 64 * 1024;

    private byte[] _buffer = new byte[ChunkBytes];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The number of the current line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The current line without its end; empty where it is too long. Valid until the next read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>How many bytes the current line has, without its LF.</summary>
    public long Length { get; private set; }

    public bool IsTooLong => Length > maxLineBytes;

    /// <summary>Goes to the next line.</summary>
    /// <returns>False at the end of the input.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        long dropped = 0;
        int scanned = 0;
        while (true)
        {
            int end = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (end >= 0)
            {
                Take(scanned + end, dropped);
                _start += scanned + end + 1;
                return true;
            }

            scanned = _end - _start;
            if (scanned > maxLineBytes)
            {
                // Too long already: only its length is still of interest.
                dropped += scanned;
                scanned = 0;
                _start = _end = 0;
            }

            if (_isAtEnd)
            {
                if (scanned + dropped == 0)
                {
                    return false;
                }

                Take(scanned, dropped);
                _start = _end;
                return true;
            }

            await FillAsync(cancellationToken);
        }
    }

    private void Take(int length, long dropped)
    {
        Number++;
        Length = dropped + length;
        ReadOnlyMemory<byte> line = IsTooLong ? default : _buffer.AsMemory(_start, length);
        if (Number == 1 && line.Span is [0xEF, 0xBB, 0xBF, ..])
        {
            line = line[3..];
        }

        Line = line.Span is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, (long)maxLineBytes + ChunkBytes));
        }

        // A console cannot cancel a read it has begun: the wait for it can be.
        int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).AsTask().WaitAsync(cancellationToken);
        _end += read;
        _isAtEnd = read == 0;
    }
}
