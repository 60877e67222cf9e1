using System.Text;

namespace EventBus.Patterns.Tests.Indexing;

/// <summary>Rules added and removed while others match, and what is left of them.</summary>
public sealed class RuleChangesTests
{
    // Half of a rule would be seen as a match on one of its two ways in but not on the other, or without regard to a field that
    // the reader did not know yet.
    [Fact]
    public async Task Match_WhileRulesComeAndGo_SeesEachWhollyOrNotAtAll()
    {
        EventPatternSet<int> set = new();
        set.Add(-1, EventPattern.Parse("""{"always":[true]}"""));
        using CancellationTokenSource stop = new();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => Read(set, stop.Token)))];

        for (int i = 0; i < 20_000; i++)
        {
            // Matches 'both' by either way, and nothing that has the field which only this rule names.
            set.Add(i, EventPattern.Parse($$"""{"$or":[{"left":["x"],"new{{i}}":[{"exists":false}]},{"right":["x"],"new{{i}}":[{"exists":false}]}]}"""));
            if (i >= 50)
            {
                set.Remove(i - 50);
            }
        }

        await stop.CancelAsync();
        foreach (Task reader in readers)
        {
            await reader;
        }
    }

    [Fact]
    public void Removed_Key_IsNotHeldAlive()
    {
        EventPatternSet<object> set = new();
        set.Add(new object(), EventPattern.Parse("""{"a":[1]}"""));
        WeakReference[] removed = AddAndRemove(set);

        List<object> results = [];
        set.Match("""{"a":1}""", results);
        Assert.Single(results);
        GC.Collect();

        // The last few wait for the next clean-up: as many as may lie in an index that is not worth rebuilding.
        Assert.InRange(removed.Count(static each => each.IsAlive), 0, 33);

        static WeakReference[] AddAndRemove(EventPatternSet<object> set)
        {
            object[] keys = [.. Enumerable.Range(0, 1_000).Select(static _ => new object())];
            foreach (object key in keys)
            {
                set.Add(key, EventPattern.Parse("""{"a":[1]}"""));
            }

            List<object> results = [];
            set.Match("""{"a":1}""", results);
            foreach (object key in keys)
            {
                set.Remove(key);
            }

            return [.. keys.Select(static key => new WeakReference(key))];
        }
    }

    private static void Read(EventPatternSet<int> set, CancellationToken stop)
    {
        byte[] both = "{\"always\":true,\"left\":\"x\",\"right\":\"x\"}"u8.ToArray();
        List<int> results = [];
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            results.Clear();
            set.Match(both, results);
            Assert.Contains(-1, results);
            Assert.Equal(results.Count, results.Distinct().Count());
            Assert.InRange(results.Count, 1, 52);

            // A rule that names this very field must never be found, however new it is.
            int named = i % 20_000;
            results.Clear();
            set.Match(Encoding.UTF8.GetBytes($$"""{"always":true,"left":"x","right":"x","new{{named}}":1}"""), results);
            Assert.DoesNotContain(named, results);
            Assert.Contains(-1, results);
        }
    }
}
