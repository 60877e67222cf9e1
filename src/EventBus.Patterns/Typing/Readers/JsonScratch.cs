using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>A writer of JSON and its memory, one kept for each thread.</summary>
internal sealed class JsonScratch : IDisposable
{
    /// <summary>Memory that grew beyond this is not kept, so that one huge value does not hold it for ever.</summary>
    private const int LargestKept = 1 << 18;

    [ThreadStatic]
    private static JsonScratch? _kept;

    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    private JsonScratch() => Writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions
    {
        // It is read again at once, and the fewer escapes the faster.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    });

    public Utf8JsonWriter Writer { get; }

    /// <summary>An empty one. A converter that matches events itself gets another.</summary>
    public static JsonScratch Rent()
    {
        JsonScratch scratch = _kept ?? new JsonScratch();
        _kept = null;
        return scratch;
    }

    /// <summary>What was written, until the scratch is disposed.</summary>
    public ReadOnlySpan<byte> Flush()
    {
        Writer.Flush();
        return _buffer.WrittenSpan;
    }

    public void Dispose()
    {
        Writer.Reset();
        _buffer.ResetWrittenCount();
        if (_buffer.Capacity <= LargestKept)
        {
            _kept = this;
        }
    }
}
