using EventBus.Subscriptions;

namespace EventBus.Tests.Subscriptions;

public sealed class SubscriptionValidatorTests
{
    private sealed record OrderPlaced;

    private sealed class ReserveStock : IEventHandler<OrderPlaced>, IEventHandler<string>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken) => default;

        public ValueTask HandleAsync(string @event, EventContext context, CancellationToken cancellationToken) => default;
    }

    [Fact]
    public void Check_Defaults_AreValid() => Assert.Empty(Problems(_ => { }));

    [Fact]
    public void Check_EveryPreset_IsValid() =>
        Assert.All(Enum.GetValues<RetryPreset>(), preset => Assert.Empty(Problems(builder => builder.Retry(preset))));

    [Fact]
    public void Check_BoundaryValues_AreValid() => Assert.Empty(Problems(builder => builder
        .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1))
        .Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.MaxDelay) = (0, TimeSpan.FromDays(1), TimeSpan.FromDays(1)))
        .Timeout(TimeSpan.FromTicks(1))
        .MaxAge(TimeSpan.FromTicks(1))
        .Idempotent(TimeSpan.FromTicks(1))));

    [Fact]
    public void Check_InfiniteTimeout_IsValid() => Assert.Empty(Problems(builder => builder.Timeout(Timeout.InfiniteTimeSpan)));

    [Fact]
    public void Check_MalformedName_SaysWhatIsAllowed()
    {
        SubscriptionDefinition<object> definition = new("a b", _ => (_, _, _) => default);

        string problem = Assert.Single(SubscriptionValidator.Check(definition));

        Assert.StartsWith("'a b' cannot name a subscription.", problem, StringComparison.Ordinal);
        Assert.Contains("1 to 200 letters, digits and . - _ + < > ,", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_DuplicateNames_SaysWhoTheyAre()
    {
        SubscriptionDefinition<OrderPlaced> handler = new("stock", _ => (_, _, _) => default) { HandlerType = typeof(ReserveStock) };
        SubscriptionDefinition<string> lambda = new("stock", _ => (_, _, _) => default);
        SubscriptionDefinition<string> other = new("other", _ => (_, _, _) => default);

        string problem = Assert.Single(SubscriptionValidator.Check([handler, lambda, other]));

        string tests = typeof(SubscriptionValidatorTests).FullName!;
        Assert.StartsWith(
            $"Two subscriptions are named 'stock': the handler {tests}.ReserveStock of {tests}.OrderPlaced and a lambda for System.String.",
            problem,
            StringComparison.Ordinal);
        Assert.Contains("\"stock-2\"", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_TwoPairsOfDuplicates_TellsBoth()
    {
        SubscriptionDefinition<object> Make(string name) => new(name, _ => (_, _, _) => default);

        Assert.Equal(2, SubscriptionValidator.Check([Make("a"), Make("b"), Make("a"), Make("b")]).Count());
    }

    [Fact]
    public void Check_ThreeOfOneName_TellsOnce()
    {
        SubscriptionDefinition<object> Make(string name) => new(name, _ => (_, _, _) => default);

        Assert.Single(SubscriptionValidator.Check([Make("a"), Make("A"), Make("a")]));
    }

    [Fact]
    public void Check_QueueOptionOnInlineByCode_IsRefused() => Assert.Contains(
        "'stock' is inline and has queue options.",
        Problem(builder => builder.Inline().Queue(queue => queue.Capacity = 5)),
        StringComparison.Ordinal);

    [Fact]
    public void Check_QueueOptionBeforeInlineByCode_IsRefused() => Assert.Contains(
        "is inline and has queue options", Problem(builder => builder.Queue(_ => { }).Inline()), StringComparison.Ordinal);

    [Fact]
    public void Check_QueueOptionOnInlineByConfiguration_IsRefused()
    {
        SubscriptionDefinition<object> definition = new("stock", _ => (_, _, _) => default);
        new SubscriptionBuilder<object>(definition).Inline();
        Assert.Empty(new BusConfiguration(TestStand.Configuration(("EventBus:Subscriptions:stock:Queue:Capacity", "5"))).Apply(definition));

        string problem = Assert.Single(SubscriptionValidator.Check(definition));

        Assert.Contains("is inline and has queue options", problem, StringComparison.Ordinal);
        Assert.Contains("the configuration section Queue", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Check_CapacityBelowOne_IsRefused(int capacity) => Assert.StartsWith(
        $"The queue of 'stock' has a capacity of {capacity}.",
        Problem(builder => builder.Queue(queue => queue.Capacity = capacity)),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Check_MaxConcurrencyBelowOne_IsRefused(int concurrency) => Assert.StartsWith(
        $"The queue of 'stock' has a MaxConcurrency of {concurrency}.",
        Problem(builder => builder.Queue(queue => queue.MaxConcurrency = concurrency)),
        StringComparison.Ordinal);

    [Fact]
    public void Check_UndefinedFullMode_IsRefused() => Assert.StartsWith(
        "The queue of 'stock' has the FullMode 9, which does not exist.",
        Problem(builder => builder.Queue(queue => queue.FullMode = (QueueFullMode)9)),
        StringComparison.Ordinal);

    [Fact]
    public void Check_UndefinedBackoff_IsRefused() => Assert.StartsWith(
        "'stock' has the Backoff 9, which does not exist.",
        Problem(builder => builder.Retry(retry => retry.Backoff = (RetryBackoff)9)),
        StringComparison.Ordinal);

    [Fact]
    public void Check_NegativeRetries_AreRefused() => Assert.StartsWith(
        "'stock' has -1 retries.", Problem(builder => builder.Retry(retry => retry.MaxRetryAttempts = -1)), StringComparison.Ordinal);

    [Theory]
    [InlineData(-1)]
    [InlineData(86_401)]
    public void Check_DelayOutOfRange_IsRefused(int seconds) => Assert.Contains(
        "before its first retry. Allowed is zero to one day.",
        Problem(builder => builder.Retry(retry => retry.Delay = TimeSpan.FromSeconds(seconds))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(-1)]
    [InlineData(86_401)]
    public void Check_MaxDelayOutOfRange_IsRefusedOnce(int seconds) => Assert.Contains(
        "between two attempts. Allowed is zero to one day.",
        Problem(builder => builder.Retry(retry => retry.MaxDelay = TimeSpan.FromSeconds(seconds))),
        StringComparison.Ordinal);

    [Fact]
    public void Check_MaxDelayBelowDelay_IsRefused() => Assert.StartsWith(
        "'stock' waits 00:00:10 before its first retry but at most 00:00:05.",
        Problem(builder => builder.Retry(retry => (retry.Delay, retry.MaxDelay) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5)))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Check_TimeoutNotAboveZero_IsRefused(int seconds) => Assert.StartsWith(
        "'stock' has a timeout of ",
        Problem(builder => builder.Timeout(TimeSpan.FromSeconds(seconds))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Check_MaxAgeNotAboveZero_IsRefused(int seconds) => Assert.StartsWith(
        "'stock' has a maximum age of ",
        Problem(builder => builder.MaxAge(TimeSpan.FromSeconds(seconds))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Check_TimeToLiveNotAboveZero_IsRefused(int seconds)
    {
        string problem = Problem(builder => builder.Idempotent(static @event => @event, TimeSpan.FromSeconds(seconds)));

        Assert.StartsWith("'stock' remembers its keys for ", problem, StringComparison.Ordinal);
        Assert.Contains("Write a time above zero, such as .Idempotent(", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_EverythingWrong_TellsEverything()
    {
        string[] problems = Problems(builder => builder
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (0, 0, (QueueFullMode)9))
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.Backoff) = (-1, TimeSpan.FromSeconds(-1), (RetryBackoff)9))
            .Timeout(TimeSpan.Zero)
            .MaxAge(TimeSpan.Zero)
            .Idempotent(TimeSpan.Zero));

        Assert.Equal(9, problems.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public void Check_BatchSizeOutOfRange_IsRefused(int size) => Assert.StartsWith(
        $"'stock' has batches of {size} events. Allowed is 1 to 10000.",
        BatchProblem(builder => builder.Batch(batch => batch.Size = size)),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(-1)]
    [InlineData(301)]
    public void Check_BatchWindowOutOfRange_IsRefused(int seconds) => Assert.Contains(
        "for a batch to fill. Allowed is zero to 5 minutes",
        BatchProblem(builder => builder.Batch(batch => batch.Window = TimeSpan.FromSeconds(seconds))),
        StringComparison.Ordinal);

    [Fact]
    public void Check_BatchBoundaryValues_AreValid() => Assert.Empty(BatchProblems(builder => builder
        .Batch(batch => (batch.Size, batch.Window, batch.Bisect) = (10_000, TimeSpan.FromMinutes(5), true))));

    [Fact]
    public void Check_InlineBatchHandler_IsRefused() => Assert.StartsWith(
        "'stock' is inline and has a batch handler.", BatchProblem(builder => builder.Inline()), StringComparison.Ordinal);

    [Fact]
    public void Check_BatchOptionsOfASingleHandler_AreRefused() => Assert.Contains(
        "Subscribe a batch handler, such as bus.SubscribeBatch<OrderPlaced>",
        Problem(builder => builder.Batch(batch => batch.Size = 5)),
        StringComparison.Ordinal);

    [Fact]
    public void Check_BatchOptionsOfASingleHandlerByConfiguration_AreRefused()
    {
        SubscriptionDefinition<object> definition = new("stock", _ => (_, _, _) => default);
        Assert.Empty(new BusConfiguration(TestStand.Configuration(("EventBus:Subscriptions:stock:Batch:Size", "5"))).Apply(definition));

        Assert.Contains("the configuration section Batch", Assert.Single(SubscriptionValidator.Check(definition)), StringComparison.Ordinal);
    }

    private static string BatchProblem(Action<SubscriptionBuilder<object>> configure) => Assert.Single(BatchProblems(configure));

    private static string[] BatchProblems(Action<SubscriptionBuilder<object>> configure)
    {
        SubscriptionDefinition<object> definition = new("stock", _ => (_, _, _) => default)
        {
            MakeBatchHandler = _ => (_, _, _) => default,
        };
        configure(new SubscriptionBuilder<object>(definition));
        return [.. SubscriptionValidator.Check(definition)];
    }

    private static string[] Problems(Action<SubscriptionBuilder<object>> configure)
    {
        SubscriptionDefinition<object> definition = new("stock", _ => (_, _, _) => default);
        configure(new SubscriptionBuilder<object>(definition));
        return [.. SubscriptionValidator.Check(definition)];
    }

    private static string Problem(Action<SubscriptionBuilder<object>> configure) => Assert.Single(Problems(configure));
}
