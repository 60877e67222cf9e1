namespace EventBus.Patterns.Tests.Indexing;

/// <summary>What rules leave behind. Alone, because it weighs the whole heap.</summary>
[Collection(nameof(RuleMemoryTests))]
[CollectionDefinition(nameof(RuleMemoryTests), DisableParallelization = true)]
public sealed class RuleMemoryTests
{
    private const int Count = 40_000;

    private readonly bool[] _isKept = [.. Enumerable.Range(0, Count).Select(static i => new Random(i).Next(2) == 0)];
    private EventPatternSet<int>? _thinned;
    private EventPatternSet<int>? _fresh;

    [Fact]
    public void Remove_OfARandomHalf_LeavesTheVerdictsOfAFreshHalf()
    {
        Fill();

        Assert.Equal(_fresh!.Count, _thinned!.Count);
        for (int i = 0; i < Count; i += 7)
        {
            string json = $$"""{"a":"v{{i}}","n":{{i}}}""";
            Assert.Equal(Sorted(_fresh, json), Sorted(_thinned, json));
        }
    }

    [Fact]
    public void Remove_OfARandomHalf_LeavesAboutTheMemoryOfAFreshHalf()
    {
        // What other tests let go, pools above all, may be freed in between: then it is weighed again.
        double ratio = 0;
        for (int attempt = 0; attempt < 6 && ratio is < 0.8 or > 1.4; attempt++)
        {
            Fill();
            long both = Weigh();
            _thinned = null;
            long fresh = Weigh();
            _fresh = null;
            long none = Weigh();
            ratio = (double)(both - fresh) / (fresh - none);
        }

        Assert.InRange(ratio, 0.8, 1.4);
    }

    private static long Weigh()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private void Fill()
    {
        _fresh = Filled(Count, i => _isKept[i]);
        _thinned = Filled(Count, static _ => true);
        for (int i = 0; i < Count; i++)
        {
            if (!_isKept[i])
            {
                _thinned.Remove(i);
            }
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
