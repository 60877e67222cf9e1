using System.Buffers;
using System.Text;

namespace EventBus.Patterns.Events;

/// <summary>A string's UTF-8 in a rented array, for as long as it is looked at.</summary>
internal readonly ref struct Utf8Text
{
    private readonly byte[] _rented;
    private readonly int _length;

    /// <summary>Takes the text of a public method's argument <c>json</c>.</summary>
    public Utf8Text(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        _rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(json.Length));
        _length = Encoding.UTF8.GetBytes(json, _rented);
    }

    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}
