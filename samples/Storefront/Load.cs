using System.Diagnostics;
using EventBus;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.Configuration;
using Storefront.Accounting;
using Storefront.Accounting.Contracts;
using Storefront.Orders;

namespace Storefront;

/// <summary>Many orders at once, to see what the bus can take.</summary>
internal sealed class Load(
    Checkout checkout,
    OrderBook book,
    Ledger ledger,
    IEventBus bus,
    IEventBusMonitor monitor,
    IDeadLetters deadLetters,
    int orders)
{
    private int _placed;

    /// <summary>Sets what differs from the story: the gateway answers at once, and more orders may wait for it.</summary>
    public static void Configure(IConfigurationManager configuration) =>
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Payment:GatewayLatency"] = "00:00:00",
            ["EventBus:Subscriptions:payment.charge-card:Queue:Capacity"] = "1000",
        });

    /// <summary>Places the orders, mends what was dead-lettered, and prints the balance.</summary>
    /// <returns>Whether everything adds up at the end.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine();
        Console.WriteLine($"  {orders:N0} orders, all paid by card. The card gateway answers at once, the carrier still fails");
        Console.WriteLine("  now and then, and accounting still cannot book what goes to Greece.");
        Console.WriteLine();
        var clock = Stopwatch.StartNew();
        await ShowProgressAsync(PlaceAllAsync(cancellationToken), clock);
        Report(clock.Elapsed);
        await MendAsync(cancellationToken);

        Console.WriteLine(
            $"  Orders: {book.Count(OrderStatus.Completed):N0} completed, {book.Count(OrderStatus.Cancelled):N0} cancelled " +
            $"(payment declined), {book.Count(OrderStatus.Open):N0} open.");
        Console.WriteLine();
        await monitor.WhenSettledAsync(cancellationToken);
        return new Balance(monitor.GetStatistics(), ledger).Print();
    }

    private async Task PlaceAllAsync(CancellationToken cancellationToken)
    {
        // Starts a flow of its own, so that the progress is shown from the first order on.
        await Task.Yield();
        for (int n = 1; n <= orders; n++)
        {
            await checkout.PlaceAsync(Catalogue.Nth(n), cancellationToken);
            Volatile.Write(ref _placed, n);
        }

        await monitor.WhenSettledAsync(cancellationToken);
    }

    private async Task ShowProgressAsync(Task work, Stopwatch clock)
    {
        ProgressLine line = new();
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(line.Interval));
            EventBusStatistics statistics = monitor.GetStatistics();
            line.Show(
                $"  {Volatile.Read(ref _placed),9:N0} orders placed  {statistics.Total.Pending,8:N0} deliveries pending  " +
                $"{statistics.Published / clock.Elapsed.TotalSeconds,9:N0} events/s");
        }

        line.End();
        await work;
    }

    private void Report(TimeSpan elapsed)
    {
        EventBusStatistics statistics = monitor.GetStatistics();
        using var process = Process.GetCurrentProcess();
        Console.WriteLine();
        Console.WriteLine(
            $"  {statistics.Published:N0} events in {elapsed.TotalSeconds:N2} s: {statistics.Published / elapsed.TotalSeconds:N0} events/s, " +
            $"{statistics.Total.Accepted / elapsed.TotalSeconds:N0} deliveries/s.");
        Console.WriteLine($"  Most memory in use: {process.PeakWorkingSet64 / 1024 / 1024:N0} MiB.");
    }

    private async Task MendAsync(CancellationToken cancellationToken)
    {
        int letters = await deadLetters.QueryAsync(cancellationToken: cancellationToken).CountAsync(cancellationToken);
        await bus.PublishAsync(new VatRateChanged("GR", 0.24m), cancellationToken);
        RedriveResult result = await deadLetters.RedriveAsync(new DeadLetterQuery(), cancellationToken: cancellationToken);
        await monitor.WhenSettledAsync(cancellationToken);
        int left = await deadLetters.QueryAsync(cancellationToken: cancellationToken).CountAsync(cancellationToken);
        Console.WriteLine(
            $"  Dead letters: {letters:N0}; after the VAT rate of Greece was set, {result.Redriven:N0} redriven; {left:N0} left.");
    }
}
