using EventBus.Diagnostics;
using Storefront.Accounting;

namespace Storefront;

/// <summary>Adds up at the end: what became of every delivery, and of the money.</summary>
internal sealed class Balance(EventBusStatistics statistics, Ledger ledger)
{
    private static readonly Column[] Columns =
    [
        new("", "accepted", static counts => counts.Accepted),
        new("", "succeeded", static counts => counts.Succeeded),
        new("dead-", "lettered", static counts => counts.DeadLettered),
        new("", "pending", static counts => counts.Pending),
        new("", "filtered", static counts => counts.Filtered),
        new("", "retries", static counts => counts.Retries),
        new("", "redriven", static counts => counts.Redriven),
    ];

    private bool LawHolds => statistics.Total.IsConserved
        && statistics.Subscriptions.All(static each => each.Counts.IsConserved);

    private bool MoneyAddsUp =>
        ledger.Balance(Account.Payments) == ledger.Balance(Account.Sales) + ledger.Balance(Account.Vat);

    /// <summary>Prints the table and the two sums below it.</summary>
    /// <returns>Whether both sums are right and nothing is left to do.</returns>
    public bool Print()
    {
        int nameWidth = statistics.Subscriptions.Max(static each => each.Name.Length);
        int[] widths = [.. Columns.Select(column => column.WidthFor(statistics.Total))];
        string rule = "  " + new string('-', nameWidth + widths.Sum(static width => width + 2));

        Console.WriteLine(Row("", nameWidth, Columns.Select(static column => column.UpperTitle), widths));
        Console.WriteLine(Row("subscription", nameWidth, Columns.Select(static column => column.Title), widths));
        Console.WriteLine(rule);
        foreach (SubscriptionStatistics subscription in statistics.Subscriptions.OrderBy(static each => each.Name, StringComparer.Ordinal))
        {
            Console.WriteLine(Row(subscription.Name, nameWidth, Values(subscription.Counts), widths));
        }

        Console.WriteLine(rule);
        Console.WriteLine(Row("total", nameWidth, Values(statistics.Total, zero: "0"), widths));
        Console.WriteLine();
        PrintSums();
        return LawHolds && MoneyAddsUp && statistics.Total.Pending == 0;
    }

    private void PrintSums()
    {
        DeliveryCounts total = statistics.Total;
        Console.WriteLine("  Conservation law, in total and for each subscription (a redrive is accepted once more):");
        Console.WriteLine("    accepted = succeeded + dead-lettered + pending");
        Console.WriteLine(
            $"    {total.Accepted:N0} = {total.Succeeded:N0} + {total.DeadLettered:N0} + {total.Pending:N0}" +
            $"   {(LawHolds ? "holds" : "DOES NOT HOLD")}");
        Console.WriteLine("  The ledger:");
        Console.WriteLine("    payments = sales + VAT");
        Console.WriteLine(
            $"    {ledger.Balance(Account.Payments):N2} = {ledger.Balance(Account.Sales):N2} + " +
            $"{ledger.Balance(Account.Vat):N2}   {(MoneyAddsUp ? "holds" : "DOES NOT HOLD")}");
    }

    private static IEnumerable<string> Values(DeliveryCounts counts, string zero = "-") =>
        Columns.Select(column => column.Value(counts) is var value and not 0 ? $"{value:N0}" : zero);

    private static string Row(string name, int nameWidth, IEnumerable<string> cells, int[] widths) =>
        ("  " + name.PadRight(nameWidth) + string.Concat(cells.Zip(widths, static (cell, width) => "  " + cell.PadLeft(width))))
        .TrimEnd();

    private sealed record Column(string UpperTitle, string Title, Func<DeliveryCounts, long> Value)
    {
        // No subscription can count more than the total, so the total's number is the widest.
        public int WidthFor(DeliveryCounts total) => Math.Max(Title.Length, $"{Value(total):N0}".Length);
    }
}
