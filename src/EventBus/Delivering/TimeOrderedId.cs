using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EventBus.Delivering;

/// <summary>Makes version 7 UUIDs as <see cref="Guid.CreateVersion7(DateTimeOffset)"/> does, without asking the operating system for each.</summary>
/// <remarks>
/// <para>
/// RFC 9562, section 6.2, method 2 (monotonic random): what stands behind the time is random for a thread's first id of a millisecond, and one
/// more for each further one. So the ids of a thread are in order within the millisecond, too, and those of two threads or processes are as
/// unlikely to meet as random ones. They can be guessed from each other.
/// </para>
/// <para>Thread-safe.</para>
/// </remarks>
internal static class TimeOrderedId
{
    [ThreadStatic]
    private static Series? _series;

    /// <summary>Makes an id.</summary>
    /// <param name="now">The time in it, to the millisecond.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="now"/> is before 1970.</exception>
    public static Guid Create(DateTimeOffset now)
    {
        long milliseconds = now.ToUnixTimeMilliseconds();
        ArgumentOutOfRangeException.ThrowIfNegative(milliseconds, nameof(now));
        return (_series ??= new Series()).Next((ulong)milliseconds);
    }

    /// <summary>The ids of one thread.</summary>
    private sealed class Series
    {
        private const ulong Version = 0x7000;
        private const ulong VersionMask = 0x0FFF;
        private const ulong Variant = 0x8000_0000_0000_0000;

        // Its highest bit stays free: no thread counts so far in a millisecond that it would carry over.
        private const ulong CounterMask = 0x1FFF_FFFF_FFFF_FFFF;

        private readonly ulong[] _random = new ulong[64];
        private int _used = 64;
        private ulong _milliseconds = ulong.MaxValue;
        private ulong _high;
        private ulong _low;

        public Guid Next(ulong milliseconds)
        {
            if (milliseconds == _milliseconds)
            {
                _low++;
            }
            else
            {
                _milliseconds = milliseconds;
                _high = (milliseconds << 16) | Version | (NextRandom() & VersionMask);
                _low = Variant | (NextRandom() & CounterMask);
            }

            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low);
            return new Guid(bytes, bigEndian: true);
        }

        private ulong NextRandom()
        {
            if (_used == _random.Length)
            {
                RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(_random.AsSpan()));
                _used = 0;
            }

            return _random[_used++];
        }
    }
}
