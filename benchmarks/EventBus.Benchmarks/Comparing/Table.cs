namespace EventBus.Benchmarks.Comparing;

/// <summary>The comparison as Markdown.</summary>
internal static class Table
{
    public static void Print(IReadOnlyCollection<Entry> entries)
    {
        Console.WriteLine("| One event to | | ns | bytes | to the limit | to the best peer |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|");
        foreach (IGrouping<string, Entry> scenario in entries.GroupBy(static entry => entry.Scenario))
        {
            double limit = scenario.Single(static entry => entry.IsBaseline).Nanoseconds;
            double bestPeer = scenario.Where(static entry => entry.Role == Contestant.Peer).Min(static entry => entry.Nanoseconds);
            string first = scenario.Key;
            foreach (Entry entry in scenario)
            {
                string name = entry.Role == Contestant.Ours ? $"**{entry.Name}**" : entry.Name;
                Console.WriteLine(
                    $"| {first} | {name} | {Number.Of(entry.Nanoseconds)} | {Number.OfBytes(entry.Bytes)} " +
                    $"| {Number.Of(entry.Nanoseconds / limit)} | {Number.Of(entry.Nanoseconds / bestPeer)} |");
                first = "";
            }
        }
    }
}
