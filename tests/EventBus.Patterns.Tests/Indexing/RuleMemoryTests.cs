namespace EventBus.Patterns.Tests.Indexing;

/// <summary>What rules leave behind. Alone, because it weighs the whole heap.</summary>
[Collection(nameof(RuleMemoryTests))]
[CollectionDefinition(nameof(RuleMemoryTests), DisableParallelization = true)]
public sealed class RuleMemoryTests
{
    [Fact]
    public void Remove_OfARandomHalf_LeavesTheVerdictsAndAboutTheMemoryOfAFreshHalf()
    {
        const int Count = 40_000;
        Random random = new(4);
        bool[] isKept = [.. Enumerable.Range(0, Count).Select(_ => random.Next(2) == 0)];
        EventPatternSet<int> warm = Filled(1_000, static _ => true);
        Assert.Equal(1_000, warm.Count);

        long before = GC.GetTotalMemory(forceFullCollection: true);
        EventPatternSet<int> thinned = Filled(Count, static _ => true);
        for (int i = 0; i < Count; i++)
        {
            if (!isKept[i])
            {
                thinned.Remove(i);
            }
        }

        long thinnedBytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        EventPatternSet<int> fresh = Filled(Count, i => isKept[i]);
        long freshBytes = GC.GetTotalMemory(forceFullCollection: true) - before - thinnedBytes;

        Assert.Equal(fresh.Count, thinned.Count);
        Assert.InRange(thinnedBytes, freshBytes / 2, freshBytes * 3 / 2);
        for (int i = 0; i < Count; i += 7)
        {
            string json = $$"""{"a":"v{{i}}","n":{{i}}}""";
            Assert.Equal(Sorted(fresh, json), Sorted(thinned, json));
        }
    }

    private static EventPatternSet<int> Filled(int count, Func<int, bool> isKept)
    {
        EventPatternSet<int> set = new();
        for (int i = 0; i < count; i++)
        {
            if (isKept(i))
            {
                set.Add(i, EventPattern.Parse(i % 2 == 0 ? $$"""{"a":["v{{i}}"]}""" : $$"""{"n":[{"numeric":[">",{{i - 3}},"<=",{{i}}]}]}"""));
            }
        }

        return set;
    }

    private static List<int> Sorted(EventPatternSet<int> set, string json)
    {
        List<int> results = [];
        set.Match(json, results);
        results.Sort();
        return results;
    }
}
