using System.Buffers;
using System.Text;

namespace EventBus.Patterns.Events;

/// <summary>A string's UTF-8 in a rented array, for as long as it is looked at.</summary>
internal readonly ref struct Utf8Text
{
    private readonly byte[] _rented;
    private readonly int _length;

    public Utf8Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length = Encoding.UTF8.GetBytes(text, _rented);
    }

    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}
