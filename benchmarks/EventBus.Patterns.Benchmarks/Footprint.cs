using System.Globalization;

namespace EventBus.Patterns.Benchmarks;

/// <summary>What a set keeps in memory for each rule once the patterns themselves are let go.</summary>
internal static class Footprint
{
    private const int Rules = 100_000;

    public static void Print()
    {
        foreach (string kind in BusRules.Names)
        {
            BusRules.Set(kind, 10);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            EventPatternSet<int> set = BusRules.Set(kind, kind == "LeadingWildcard" ? Rules / 10 : Rules);
            long after = GC.GetTotalMemory(forceFullCollection: true);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind,-16} {(after - before) / set.Count,5} bytes a rule, of {set.Count}"));
            GC.KeepAlive(set);
        }
    }
}
