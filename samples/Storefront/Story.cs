using System.Diagnostics;
using EventBus;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.Configuration;
using Storefront.Accounting;
using Storefront.Accounting.Contracts;
using Storefront.Orders;
using Storefront.Orders.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront;

/// <summary>Twelve orders and two more, and what becomes of them.</summary>
internal sealed class Story(
    Checkout checkout,
    OrderBook book,
    Ledger ledger,
    Journal journal,
    IEventBus bus,
    IEventBusMonitor monitor,
    IDeadLetters deadLetters)
{
    private const string ChargeCard = "payment.charge-card";
    private const string ReviewBigOrder = "payment.review-big-order";
    private const string SendReminder = "payment.send-reminder";
    private const string ShipAtHome = "fulfillment.ship-at-home";
    private const string ShipAbroad = "fulfillment.ship-abroad";

    /// <summary>Sets what differs from a real shop: nobody wants to wait a week for a reminder.</summary>
    public static void Configure(IConfigurationManager configuration) =>
        configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Payment:TimeToPay"] = "00:00:01" });

    /// <summary>Tells the story from the first order to the balance.</summary>
    /// <returns>Whether everything adds up at the end.</returns>
    public async Task<bool> TellAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine();
        Console.WriteLine("Storefront: orders, payment, inventory, fulfillment and accounting in one process.");
        Console.WriteLine("No module calls another. They publish events, and the event bus does the rest.");
        await PlaceOrdersAsync(cancellationToken);
        ShowFilters();
        ShowRetries();
        await MendPoisonOrderAsync(cancellationToken);
        await RemindAsync(cancellationToken);
        ShowJourney("S-1008");

        Chapter(7, "The balance");
        await monitor.WhenSettledAsync(cancellationToken);
        bool isBalanced = new Balance(monitor.GetStatistics(), ledger).Print();
        Console.WriteLine();
        Say("The same shop under load: dotnet run --project samples/Storefront -- --orders 100000");
        return isBalanced;
    }

    private async Task PlaceOrdersAsync(CancellationToken cancellationToken)
    {
        Chapter(1, "Orders come in faster than cards can be charged: a queue takes the difference");
        Say("The card gateway needs 50 ms for a card and takes two at a time.");
        Say($"The queue in front of it, that of {ChargeCard}, holds six.");
        Say();
        await PlaceAsync(Catalogue.Twelve.Take(6), cancellationToken);
        await PlaceAsync(Catalogue.Twelve.Skip(6), cancellationToken);
        var clock = Stopwatch.StartNew();
        await monitor.WhenSettledAsync(cancellationToken);
        Say();
        Say("Whoever publishes while the queue is full waits for room (back-pressure): nothing is dropped,");
        Say("and the other modules have the order already.");
        Say();
        Say($"{clock.ElapsedMilliseconds} ms later nothing is queued, running or waiting for a retry any more.");
    }

    private async Task PlaceAsync(IEnumerable<OrderPlaced> orders, CancellationToken cancellationToken)
    {
        int count = 0;
        var clock = Stopwatch.StartNew();
        foreach (OrderPlaced order in orders)
        {
            await checkout.PlaceAsync(order, cancellationToken);
            count++;
        }

        double milliseconds = clock.Elapsed.TotalMilliseconds;
        DeliveryCounts charges = monitor.GetStatistics()[ChargeCard];
        Say($"{count} orders placed in {milliseconds,3:N0} ms. Now {charges.Queued} wait in the queue, " +
            $"{charges.Running} at the gateway, {charges.Succeeded} charged.");
    }

    private void ShowFilters()
    {
        Chapter(2, "Filters on the content choose who hears of an event");
        Say("OrderPlaced       -> payment.review-big-order   where Total >= 500");
        Say("PaymentAuthorized -> fulfillment.ship-at-home   where Country == \"NL\"");
        Say("PaymentAuthorized -> fulfillment.ship-abroad    where Country != \"NL\"");
        Say();
        Say($"{"order",-8}{"to",-4}{"total",9}   {"review",-8}{"ship at home",-14}{"ship abroad",-13}became");
        Say(new string('-', 66));
        HashSet<(string, string?)> accepted =
        [
            .. journal.Read()
                .Where(static entry => entry.Stage == DeliveryStage.Accepted)
                .Select(static entry => (entry.Metadata.CorrelationId, entry.Subscription)),
        ];
        foreach (OrderPlaced order in Catalogue.Twelve)
        {
            string Mark(string subscription) => accepted.Contains((order.OrderId, subscription)) ? "yes" : "-";
            Say($"{order.OrderId,-8}{order.Country,-4}{order.Total,9:N2}   {Mark(ReviewBigOrder),-8}{Mark(ShipAtHome),-14}" +
                $"{Mark(ShipAbroad),-13}{Describe(book.StatusOf(order.OrderId))}");
        }
    }

    private static string Describe(OrderStatus status) => status switch
    {
        OrderStatus.Completed => "completed",
        OrderStatus.Cancelled => "cancelled: payment declined",
        _ => "still open: see 4",
    };

    private void ShowRetries()
    {
        Chapter(3, "A carrier fails now and then: its subscription tries again, and nobody else notices");
        foreach (Journal.Entry entry in journal.Read().Where(static entry => entry.Subscription == ShipAbroad))
        {
            string orderId = entry.Metadata.CorrelationId;
            if (entry.Stage == DeliveryStage.Retrying)
            {
                Say($"{orderId}  attempt {entry.Attempt}  failed: {entry.Failure}");
            }
            else if (entry is { Stage: DeliveryStage.Succeeded, Attempt: > 1 })
            {
                Say($"{orderId}  attempt {entry.Attempt}  succeeded");
            }
        }
    }

    private async Task MendPoisonOrderAsync(CancellationToken cancellationToken)
    {
        Chapter(4, "A poison order: dead-lettered, inspected, mended, redriven");
        DeadLetter? poison = null;
        await foreach (DeadLetter letter in deadLetters.QueryAsync(cancellationToken: cancellationToken))
        {
            poison = letter;
            Say($"dead letter    {letter.Id}");
            Say($"event          {letter.Event.GetType().Name} of order {letter.Metadata.CorrelationId}");
            Say($"subscription   {letter.Subscription}");
            Say($"reason         {letter.Reason} after {letter.Attempts} attempts");
            foreach (DeliveryFailure failure in letter.Failures)
            {
                Say($"  attempt {failure.Attempt}    {failure.ExceptionType.Split('.')[^1]}: {failure.Message}");
            }
        }

        if (poison is null)
        {
            Say("There is no dead letter.");
            return;
        }

        Say();
        Say("The cause: the VAT table was copied from a list that calls Greece EL, not GR.");
        Say("The finance office publishes VatRateChanged(\"GR\", 0.24), which accounting handles inline.");
        await bus.PublishAsync(new VatRateChanged("GR", 0.24m), cancellationToken);

        DeadLetterQuery query = new() { Subscription = poison.Subscription };
        RedriveResult rehearsal = await deadLetters.RedriveAsync(query, new RedriveOptions { DryRun = true }, cancellationToken);
        Say();
        Say($"Redrive, dry run:  {Letters(rehearsal.Matched)} of {poison.Subscription} would go.");
        RedriveResult result = await deadLetters.RedriveAsync(query, cancellationToken: cancellationToken);
        await monitor.WhenSettledAsync(cancellationToken);
        int left = await deadLetters.QueryAsync(cancellationToken: cancellationToken).CountAsync(cancellationToken);
        string orderId = poison.Metadata.CorrelationId;
        Say($"Redrive, for real: {Letters(result.Redriven)} delivered again, to {poison.Subscription} alone.");
        Say($"Dead letters left: {left}. Order {orderId} is {book.StatusOf(orderId).ToString().ToLowerInvariant()}.");
    }

    private async Task RemindAsync(CancellationToken cancellationToken)
    {
        Chapter(5, "Payment by transfer: a reminder is planned, and taken back where the money comes first");
        Say("Two more customers want an invoice, and have a week to pay it; in this story, one second.");
        Say("With each invoice, payment publishes PaymentOverdue for the end of the week (DeliverAfter).");
        Say("Transfers for one order are booked one after the other (OrderBy), for other orders meanwhile.");
        Say();
        OrderPlaced paid = Catalogue.PaidByTransfer[0];
        OrderPlaced forgotten = Catalogue.PaidByTransfer[1];
        await checkout.PlaceAsync(paid, cancellationToken);
        await checkout.PlaceAsync(forgotten, cancellationToken);
        await monitor.WhenSettledAsync(cancellationToken);
        SayReminders($"{paid.OrderId} and {forgotten.OrderId} are placed.");

        // Both are there before the first is booked: payment.book-transfer keeps them apart, because they are for one order.
        await TransferAsync("T-1", paid, paid.Total - 200, cancellationToken);
        await TransferAsync("T-2", paid, 200, cancellationToken);
        await monitor.WhenSettledAsync(cancellationToken);
        SayReminders($"{paid.OrderId} is paid, in two parts.");

        // What is due in a week is nothing that WhenSettledAsync waits for.
        while (monitor.GetStatistics()[SendReminder].Delayed > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        await monitor.WhenSettledAsync(cancellationToken);
        SayReminders("The time is up.");
        await TransferAsync("T-3", forgotten, forgotten.Total, cancellationToken);
        await monitor.WhenSettledAsync(cancellationToken);
        SayReminders($"{forgotten.OrderId} is paid, too.");
        Say();
        foreach (Journal.Entry entry in journal.Read()
            .Where(static entry => entry is { Subscription: SendReminder, Stage: DeliveryStage.Succeeded }))
        {
            Say($"Reminded: {entry.Metadata.CorrelationId} alone. " +
                $"Order {paid.OrderId} is {Describe(book.StatusOf(paid.OrderId))}, " +
                $"order {forgotten.OrderId} is {Describe(book.StatusOf(forgotten.OrderId))}.");
        }
    }

    private ValueTask TransferAsync(string id, OrderPlaced order, decimal amount, CancellationToken cancellationToken) => bus.PublishAsync(
        new TransferReceived(id, order.OrderId, amount), new PublishOptions { CorrelationId = order.OrderId }, cancellationToken);

    private void SayReminders(string what)
    {
        DeliveryCounts reminders = monitor.GetStatistics()[SendReminder];
        Say($"{what,-34}Reminders: {reminders.Delayed} waiting, {reminders.DelaysCancelled} taken back, {reminders.Succeeded} sent.");
    }

    private void ShowJourney(string orderId)
    {
        Chapter(6, $"What became of order {orderId}? All that carries its correlation id, in every module");
        Journal.Entry[] entries = [.. journal.Read().Where(entry => entry.Metadata.CorrelationId == orderId)];
        Say($"{"at",8}  {"event, and whom it reached",-38}what came of it");
        Say(new string('-', 91));
        foreach (IGrouping<Guid, Journal.Entry> journey in entries.GroupBy(static entry => entry.Metadata.EventId))
        {
            Journal.Entry first = journey.First();
            string indent = new(' ', 2 * first.Metadata.HopCount);
            Say($"{(first.At - entries[0].At).TotalMilliseconds,5:N0} ms  {indent}{first.Event.GetType().Name}");
            foreach (IGrouping<string?, Journal.Entry> delivery in journey
                .Where(static entry => entry.Subscription is not null)
                .GroupBy(static entry => entry.Subscription)
                .OrderBy(static delivery => delivery.Key, StringComparer.Ordinal))
            {
                Say($"{"",8}  {$"{indent}  -> {delivery.Key}",-38}{Summarize(delivery)}");
            }
        }
    }

    private static string Letters(int count) => count == 1 ? "1 letter" : $"{count} letters";

    private static string Summarize(IEnumerable<Journal.Entry> delivery)
    {
        List<string> stages = [];
        int retries = 0;
        foreach (Journal.Entry entry in delivery)
        {
            string tried = retries switch { 0 => "", 1 => "1 retry, ", _ => $"{retries} retries, " };
            switch (entry.Stage)
            {
                case DeliveryStage.Retrying:
                    retries++;
                    break;
                case DeliveryStage.Succeeded or DeliveryStage.DeadLettered:
                    stages.Add(tried + (entry.Stage == DeliveryStage.Succeeded ? "succeeded" : "dead letter"));
                    retries = 0;
                    break;
                case DeliveryStage.Redriven:
                    // Behind the letter it ends: the handler may have been quicker than the news that it has the event again.
                    stages.Insert(1 + stages.FindLastIndex(static stage => stage.EndsWith("letter", StringComparison.Ordinal)), "redriven");
                    break;
                case DeliveryStage.Filtered:
                    stages.Add("filtered");
                    break;
            }
        }

        return string.Join(", ", stages);
    }

    private static void Chapter(int number, string title)
    {
        Console.WriteLine();
        Console.WriteLine($"{number}. {title}");
        Console.WriteLine();
    }

    private static void Say(string line = "") => Console.WriteLine($"  {line}".TrimEnd());
}
