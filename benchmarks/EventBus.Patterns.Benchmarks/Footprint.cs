using System.Globalization;
using System.Runtime.CompilerServices;

namespace EventBus.Patterns.Benchmarks;

/// <summary>What a set keeps in memory for each rule once the patterns themselves are let go.</summary>
internal static class Footprint
{
    private const int Rules = 100_000;

    public static void Print()
    {
        foreach (string kind in BusRules.Names)
        {
            int count = kind == "LeadingWildcard" ? Rules / 10 : Rules;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind,-16} {Weigh(kind, count),5} bytes a rule, of {count}"));
        }
    }

    // A method of its own: what it weighed must be gone before the next is weighed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Weigh(string kind, int count)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        EventPatternSet<int> set = BusRules.Set(kind, count);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(set);
        return (after - before) / count;
    }
}
