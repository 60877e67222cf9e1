using EventBus.Delivering;
using EventBus.Dispatching;

namespace EventBus.Subscriptions;

/// <summary>Finds everything that is wrong with subscriptions before the first event, each with the line that mends it.</summary>
internal static class SubscriptionValidator
{
    private const int LargestBatch = 10_000;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMinutes(5);

    /// <summary>Checks all definitions together.</summary>
    /// <returns>A message for each problem; none where all is well.</returns>
    public static IEnumerable<string> Check(IReadOnlyCollection<SubscriptionDefinition> definitions)
    {
        List<string> problems = [];
        Dictionary<string, SubscriptionDefinition> firsts = new(definitions.Count, StringComparer.OrdinalIgnoreCase);
        HashSet<string> told = new(StringComparer.OrdinalIgnoreCase);
        foreach (SubscriptionDefinition definition in definitions)
        {
            if (!firsts.TryAdd(definition.Name, definition) && told.Add(definition.Name))
            {
                SubscriptionDefinition first = firsts[definition.Name];
                problems.Add(DuplicateName(first.Name, first, definition));
            }
        }

        Dictionary<string, SubscriptionDefinition> groups = new(StringComparer.OrdinalIgnoreCase);
        foreach (SubscriptionDefinition definition in definitions)
        {
            if (definition.LimitGroup is var (name, limit)
                && !groups.TryAdd(name, definition)
                && groups[name] is { LimitGroup: { } other } first
                && other.Limit != limit)
            {
                problems.Add(OtherLimit(definition.Name, name, limit, $"'{first.Name}'", other.Limit));
            }
        }

        problems.AddRange(definitions.SelectMany(Check));
        return problems;
    }

    /// <summary>Says that two subscriptions do not agree on the limit of their group.</summary>
    public static string OtherLimit(string subscription, string group, int limit, string other, int otherLimit) =>
        $"'{subscription}' gives the group '{group}' a limit of {limit}, and {other} one of {otherLimit}. A group has one limit for all. " +
        $"Write the same number in both: .LimitGroup(\"{group}\", {otherLimit}).";

    /// <summary>Checks one definition.</summary>
    public static IEnumerable<string> Check(SubscriptionDefinition definition)
    {
        string name = definition.Name;
        if (!SubscriptionName.IsValid(name))
        {
            yield return $"'{name}' cannot name a subscription. Metrics, logs and configuration keys find it by its name, so " +
                "only 1 to 200 letters, digits and . - _ + < > , are allowed. " +
                "Write for example bus.Subscribe<OrderPlaced, ReserveStock>(\"inventory.reserve-stock\").";
        }

        if (definition is { IsInline: true, Queue: not null })
        {
            yield return $"'{name}' is inline and has queue options. An inline handler runs in the publisher's own flow and " +
                "has no queue. Remove .Inline(), or remove .Queue(…) and the configuration section Queue.";
        }

        if (definition.IsInline && (definition.OrderKey ?? definition.FairKey) is not null)
        {
            yield return $"'{name}' is inline and orders its events by a key. An inline handler runs in the publisher's own flow, and " +
                "there is no queue in which events could wait for each other. " +
                "Remove .Inline(), or remove .OrderBy(…), .InOrder() or .FairBy(…).";
        }

        if (definition.LimitGroup is var (group, limit))
        {
            if (string.IsNullOrWhiteSpace(group))
            {
                yield return $"'{name}' is in a limit group without a name. Subscriptions share a limit by its name. " +
                    "Write for example .LimitGroup(\"erp\", 4).";
            }

            if (limit < 1)
            {
                yield return $"'{name}' gives the group '{group}' a limit of {limit}. Nothing in it could ever be handled. " +
                    $"Write 1 or more, such as .LimitGroup(\"{group}\", 4).";
            }
        }

        if (definition is { IsBatch: true, Idempotency: not null })
        {
            yield return $"'{name}' is idempotent and handles batches. A call of a batch handler stands for several events, and the bus cannot " +
                "take one out of it. Remove .Idempotent(…) and let the handler tell what it has seen, or subscribe a handler of single events.";
        }

        if (definition.AfterDeadLetter is not (AfterDeadLetter.Continue or AfterDeadLetter.Park))
        {
            yield return $"'{name}' has the AfterDeadLetter {(int)definition.AfterDeadLetter}, which does not exist. " +
                "Write .OrderBy(…, AfterDeadLetter.Continue) or .OrderBy(…, AfterDeadLetter.Park).";
        }

        if (definition is { OrderKey: not null, FairKey: not null })
        {
            yield return $"'{name}' is in order by one key and fair by another. A queue has one line of events for each key, and an event " +
                "cannot stand in two. Keep .OrderBy(…): its keys take turns too. Or keep .FairBy(…).";
        }

        if (definition.InlineFailure is not (InlineFailure.Isolate or InlineFailure.Throw))
        {
            yield return $"'{name}' has the InlineFailure {(int)definition.InlineFailure}, which does not exist. " +
                "Write .Inline(InlineFailure.Isolate) or .Inline(InlineFailure.Throw).";
        }

        if (definition.Queue is { } queue)
        {
            foreach (string problem in Check(name, queue))
            {
                yield return problem;
            }
        }

        foreach (string problem in CheckBatch(definition))
        {
            yield return problem;
        }

        if (definition.Retry is { } retry)
        {
            foreach (string problem in Check(name, retry))
            {
                yield return problem;
            }
        }

        if (definition.Timeout is { } timeout && timeout <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
        {
            yield return $"'{name}' has a timeout of {timeout}. No attempt could ever end in time. " +
                "Write a time above zero, such as .Timeout(TimeSpan.FromSeconds(10)), or Timeout.InfiniteTimeSpan for none.";
        }

        if (definition.MaxAge is { } maxAge && maxAge <= TimeSpan.Zero)
        {
            yield return $"'{name}' has a maximum age of {maxAge}. Every event would be too old at once. " +
                "Write a time above zero, such as .MaxAge(TimeSpan.FromHours(6)).";
        }

        if (definition.Idempotency is { } keys && keys.TimeToLive <= TimeSpan.Zero)
        {
            yield return $"'{name}' remembers its keys for {keys.TimeToLive}. It could not know an event again. " +
                "Write a time above zero, such as .Idempotent(TimeSpan.FromHours(1)).";
        }
    }

    private static IEnumerable<string> CheckBatch(SubscriptionDefinition definition)
    {
        string name = definition.Name;
        if (definition is { IsBatch: true, IsInline: true })
        {
            yield return $"'{name}' is inline and has a batch handler. An inline handler runs in the publisher's own flow, where there is " +
                "one event and no queue in which others could gather. Remove .Inline(), or subscribe a handler of single events.";
        }

        if (definition is { IsBatch: false, Batch: not null })
        {
            yield return $"'{name}' has batch options, and its handler takes one event at a time. " +
                "Subscribe a batch handler, such as bus.SubscribeBatch<OrderPlaced>(\"accounting.book-orders\", (events, context, token) => …), " +
                "or remove .Batch(…) and the configuration section Batch.";
        }

        if (definition.Batch is { Size: < 1 or > LargestBatch } batch)
        {
            yield return $"'{name}' has batches of {batch.Size} events. Allowed is 1 to {LargestBatch}. " +
                "Write for example .Batch(batch => batch.Size = 100).";
        }

        if (definition.Batch is { } gathered && (gathered.Window < TimeSpan.Zero || gathered.Window > LongestWindow))
        {
            yield return $"'{name}' waits {gathered.Window} for a batch to fill. Allowed is zero to 5 minutes: the events wait all that time. " +
                "Write for example .Batch(batch => batch.Window = TimeSpan.FromSeconds(1)).";
        }
    }

    public static string DuplicateName(string name, Type first, Type second) =>
        DuplicateName(name, $"a subscription to {SubscriptionName.Of(first)}", $"a subscription to {SubscriptionName.Of(second)}");

    private static string DuplicateName(string name, SubscriptionDefinition first, SubscriptionDefinition second) =>
        DuplicateName(name, Describe(first), Describe(second));

    private static string DuplicateName(string name, string first, string second) =>
        $"Two subscriptions are named '{name}': {first} and {second}. A dead letter is found again by its subscription's name, " +
        "and configuration keys do not tell upper from lower case. " +
        $"Give one of them another, such as bus.Subscribe<…>(\"{name}-2\").";

    private static string Describe(SubscriptionDefinition definition) => definition.HandlerType is { } handler
        ? $"the handler {SubscriptionName.Of(handler)} of {SubscriptionName.Of(definition.EventType)}"
        : $"a lambda for {SubscriptionName.Of(definition.EventType)}";

    private static IEnumerable<string> Check(string name, QueueOptions queue)
    {
        if (queue.Capacity < 1)
        {
            yield return $"The queue of '{name}' has a capacity of {queue.Capacity}. Nothing could ever be queued. " +
                "Write 1 or more, such as .Queue(queue => queue.Capacity = 10_000), or .Inline() to do without a queue.";
        }

        if (queue.MaxConcurrency < 1)
        {
            yield return $"The queue of '{name}' has a MaxConcurrency of {queue.MaxConcurrency}. Nothing could ever be handled. " +
                "Write 1 or more, such as .Queue(queue => queue.MaxConcurrency = 8).";
        }

        if (!Enum.IsDefined(queue.FullMode))
        {
            yield return $"The queue of '{name}' has the FullMode {(int)queue.FullMode}, which does not exist. " +
                "Write QueueFullMode.Wait, QueueFullMode.Reject or QueueFullMode.DeadLetter.";
        }
    }

    private static IEnumerable<string> Check(string name, RetryOptions retry)
    {
        if (retry.MaxRetryAttempts < 0)
        {
            yield return $"'{name}' has {retry.MaxRetryAttempts} retries. Write 0 for none: " +
                ".Retry(retry => retry.MaxRetryAttempts = 0).";
        }

        if (retry.Delay < TimeSpan.Zero || retry.Delay > LongestDelay)
        {
            yield return $"'{name}' waits {retry.Delay} before its first retry. Allowed is zero to one day. " +
                "Write for example .Retry(retry => retry.Delay = TimeSpan.FromMilliseconds(200)).";
        }

        if (retry.MaxDelay is { } longest && (longest < TimeSpan.Zero || longest > LongestDelay))
        {
            yield return $"'{name}' waits at most {longest} between two attempts. Allowed is zero to one day. " +
                "Write for example .Retry(retry => retry.MaxDelay = TimeSpan.FromMinutes(1)).";
        }
        else if (retry.MaxDelay < retry.Delay)
        {
            yield return $"'{name}' waits {retry.Delay} before its first retry but at most {retry.MaxDelay}. " +
                "Raise MaxDelay or lower Delay: .Retry(retry => retry.MaxDelay = …).";
        }

        if (!Enum.IsDefined(retry.Backoff))
        {
            yield return $"'{name}' has the Backoff {(int)retry.Backoff}, which does not exist. " +
                "Write RetryBackoff.Constant, RetryBackoff.Linear or RetryBackoff.Exponential.";
        }
    }
}
