using System.Buffers;

namespace EventBus.Patterns.Conditions;

/// <summary>A text without its case, in the caller's memory where it is short and in a rented array where it is long.</summary>
internal readonly ref struct FoldedText
{
    public const int ShortLength = 384;

    private readonly byte[]? _rented;

    public FoldedText(ReadOnlySpan<byte> text, Span<byte> memory)
    {
        int needed = CaseFolding.MaxLength(text.Length);
        Span<byte> folded = needed <= memory.Length ? memory : _rented = ArrayPool<byte>.Shared.Rent(needed);
        Text = folded[..CaseFolding.Fold(text, folded)];
    }

    public ReadOnlySpan<byte> Text { get; }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
