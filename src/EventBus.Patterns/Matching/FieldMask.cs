using System.Runtime.Intrinsics;

namespace EventBus.Patterns.Matching;

/// <summary>A set of a branch's fields: one bit each, for up to 256.</summary>
internal readonly record struct FieldMask(Vector256<ulong> Bits)
{
    public const int Capacity = 256;

    public bool IsEmpty => Bits == Vector256<ulong>.Zero;

    public static FieldMask Of(int field)
    {
        Span<ulong> words = stackalloc ulong[Vector256<ulong>.Count];
        words.Clear();
        words[field >> 6] = 1UL << field;
        return new FieldMask(Vector256.Create<ulong>(words));
    }

    /// <summary>The fields behind the first of this set.</summary>
    public FieldMask AfterFirst()
    {
        Span<ulong> words = stackalloc ulong[Vector256<ulong>.Count];
        bool isFound = false;
        for (int i = 0; i < words.Length; i++)
        {
            ulong word = Bits.GetElement(i);
            words[i] = isFound ? ulong.MaxValue : word == 0 ? 0 : ~(word ^ (word - 1));
            isFound |= word != 0;
        }

        return new FieldMask(Vector256.Create<ulong>(words));
    }

    public bool Contains(FieldMask other) => (other.Bits & ~Bits) == Vector256<ulong>.Zero;

    public static FieldMask operator |(FieldMask left, FieldMask right) => new(left.Bits | right.Bits);

    public static FieldMask operator &(FieldMask left, FieldMask right) => new(left.Bits & right.Bits);

    /// <summary>The fields of the left set that are not in the right one.</summary>
    public static FieldMask operator -(FieldMask left, FieldMask right) => new(left.Bits & ~right.Bits);
}
