using EventBus.Delivering.Keys;

namespace EventBus.Tests.Delivering.Keys;

/// <summary>What keys cost, measured while nothing else runs.</summary>
[Collection(Alone.Name)]
public sealed class ExpiringKeysMemoryTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    [Fact]
    public void Memory_OfAHundredThousandKeys_IsBoundedByTheKeyAndGivenBack()
    {
        const int Keys = 100_000;
        CountingClock clock = new();
        using ExpiringKeys<Guid> keys = new(clock, Window);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Keys; i++)
        {
            keys.Add(new Guid(i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        }

        long full = GC.GetTotalMemory(forceFullCollection: true) - before;
        clock.Advance(Window);
        long empty = GC.GetTotalMemory(forceFullCollection: true) - before;

        // 28 bytes in the set and 24 in the order, each up to twice for room to grow.
        Assert.InRange(full / Keys, 52, 110);
        Assert.True(empty < full / 100, $"{empty} of {full} bytes are kept.");
        Assert.Equal(0, keys.Count);
    }
}
