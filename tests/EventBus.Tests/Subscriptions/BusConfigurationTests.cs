using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Subscriptions;

namespace EventBus.Tests.Subscriptions;

public sealed class BusConfigurationTests
{
    [Fact]
    public void Apply_EveryKeyOfTheBus_IsRead()
    {
        EventBusOptions options = new();

        string[] problems = ApplyBus(
            options,
            ("DeadLetterCapacity", "11"),
            ("MaxHops", "12"),
            ("AbandonAfter", "00:00:13"),
            ("DrainTimeout", "00:14:00"),
            ("DeduplicationWindow", "00:17:00"),
            ("DegradedQueueFill", "0.15"),
            ("DegradedDeadLetters", "16"),
            ("TraceParenting", "Link"));

        Assert.Empty(problems);
        Assert.Equivalent(
            new EventBusOptions
            {
                DeadLetterCapacity = 11,
                MaxHops = 12,
                AbandonAfter = TimeSpan.FromSeconds(13),
                DrainTimeout = TimeSpan.FromMinutes(14),
                DeduplicationWindow = TimeSpan.FromMinutes(17),
                DegradedQueueFill = 0.15,
                DegradedDeadLetters = 16,
                TraceParenting = TraceParenting.Link,
            },
            options,
            strict: true);
    }

    [Fact]
    public void Apply_EveryOptionOfTheBus_HasAKey()
    {
        string[] options =
        [
            .. typeof(EventBusOptions).GetProperties()
                .Select(property => property.Name)
                .Where(name => name != nameof(EventBusOptions.PatternJsonOptions)),
        ];

        string[] problems = ApplyBus(new EventBusOptions(), [.. options.Select(name => (name, (string?)"?"))]);

        Assert.All(problems, problem => Assert.Contains("cannot be read", problem, StringComparison.Ordinal));
        Assert.Equal(options.Length, problems.Length);
    }

    [Fact]
    public void Apply_Pattern_StandsBesideThoseOfTheCode()
    {
        SubscriptionDefinition<object> definition = Definition();

        string[] problems = [.. new BusConfiguration(TestStand.Configuration(
            ("EventBus:Subscriptions:stock:Pattern", "{}"))).Apply(definition)];

        Assert.Empty(problems);
        Assert.Equal("{}", definition.ConfiguredPattern);
    }

    [Fact]
    public void Apply_PatternAsAGroup_TellsToWriteOneText()
    {
        string problem = Assert.Single(new BusConfiguration(TestStand.Configuration(
            ("EventBus:Subscriptions:stock:Pattern:country:0", "NO"))).Apply(Definition()));

        Assert.Contains("A pattern is one text", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_EveryKeyOfASubscription_IsRead()
    {
        SubscriptionDefinition<object> definition = Definition();

        string[] problems = ApplySubscription(
            definition,
            ("Timeout", "00:00:01"),
            ("MaxAge", "1.00:00:00"),
            ("Idempotent", "00:00:18"),
            ("AllowRecursion", "true"),
            ("Queue:Capacity", "2"),
            ("Queue:MaxConcurrency", "3"),
            ("Queue:FullMode", "Reject"),
            ("Retry:MaxRetryAttempts", "4"),
            ("Retry:Delay", "00:00:05"),
            ("Retry:MaxDelay", "00:00:06"),
            ("Retry:Backoff", "Linear"),
            ("Retry:UseJitter", "false"));

        Assert.Empty(problems);
        Assert.Equal(TimeSpan.FromSeconds(1), definition.Timeout);
        Assert.Equal(TimeSpan.FromDays(1), definition.MaxAge);
        Assert.Equal(TimeSpan.FromSeconds(18), definition.Idempotency?.TimeToLive);
        Assert.True(definition.AllowsRecursion);
        Assert.Equivalent(
            new QueueOptions { Capacity = 2, MaxConcurrency = 3, FullMode = QueueFullMode.Reject }, definition.Queue, strict: true);
        Assert.Equivalent(
            new RetryOptions
            {
                MaxRetryAttempts = 4,
                Delay = TimeSpan.FromSeconds(5),
                MaxDelay = TimeSpan.FromSeconds(6),
                Backoff = RetryBackoff.Linear,
                UseJitter = false,
            },
            definition.Retry,
            strict: true);
    }

    [Fact]
    public void Apply_KeysInAnotherCase_AreRead()
    {
        SubscriptionDefinition<object> definition = Definition();

        string[] problems = [.. new BusConfiguration(TestStand.Configuration(
            ("eventbus:SUBSCRIPTIONS:Stock:queue:CAPACITY", "7"), ("EVENTBUS:subscriptions:STOCK:timeout", "00:00:01"))).Apply(definition)];

        Assert.Empty(problems);
        Assert.Equal(7, definition.Queue!.Capacity);
        Assert.Equal(TimeSpan.FromSeconds(1), definition.Timeout);
    }

    [Fact]
    public void Apply_WhatTheCodeSaid_IsOverridden()
    {
        SubscriptionDefinition<object> definition = Definition();
        new SubscriptionBuilder<object>(definition)
            .Timeout(TimeSpan.FromHours(1)).Retry(retry => retry.MaxRetryAttempts = 9).Queue(queue => queue.Capacity = 8);

        ApplySubscription(
            definition, ("Timeout", "00:00:01"), ("Retry:MaxRetryAttempts", "1"), ("Queue:Capacity", "2"));

        Assert.Equal(TimeSpan.FromSeconds(1), definition.Timeout);
        Assert.Equal(1, definition.Retry!.MaxRetryAttempts);
        Assert.Equal(2, definition.Queue!.Capacity);
    }

    [Fact]
    public void Apply_KeysThatAreNotSet_LeaveWhatTheCodeSaid()
    {
        SubscriptionDefinition<object> definition = Definition();
        new SubscriptionBuilder<object>(definition)
            .Timeout(TimeSpan.FromHours(1))
            .MaxAge(TimeSpan.FromHours(2))
            .Retry(retry => retry.Delay = TimeSpan.FromSeconds(3))
            .Queue(queue => queue.MaxConcurrency = 4);

        ApplySubscription(definition, ("Retry:MaxRetryAttempts", "1"), ("Queue:Capacity", "2"));

        Assert.Equal(TimeSpan.FromHours(1), definition.Timeout);
        Assert.Equal(TimeSpan.FromHours(2), definition.MaxAge);
        Assert.Equal(TimeSpan.FromSeconds(3), definition.Retry!.Delay);
        Assert.Equal(4, definition.Queue!.MaxConcurrency);
    }

    [Fact]
    public void Apply_AnotherSubscriptionsSection_ChangesNothing()
    {
        SubscriptionDefinition<object> definition = Definition();

        string[] problems = [.. new BusConfiguration(TestStand.Configuration(("EventBus:Subscriptions:other:Timeout", "x"))).Apply(definition)];

        Assert.Empty(problems);
        Assert.Null(definition.Timeout);
        Assert.Null(definition.Queue);
        Assert.Null(definition.Retry);
    }

    [Fact]
    public void Apply_NoConfiguration_ChangesNothing()
    {
        EventBusOptions options = new();
        SubscriptionDefinition<object> definition = Definition();
        BusConfiguration configuration = new(null);

        Assert.Empty(configuration.Apply(options));
        Assert.Empty(configuration.Apply(definition));
        Assert.Empty(configuration.FindUnused(["stock"]));
        Assert.Equivalent(new EventBusOptions(), options, strict: true);
        Assert.Null(definition.Retry);
    }

    [Fact]
    public void Apply_PresetAndOtherKeys_TheOthersStartFromThePreset()
    {
        SubscriptionDefinition<object> definition = Definition();

        // Backoff, Delay and MaxRetryAttempts are listed before Preset and UseJitter after it.
        string[] problems = ApplySubscription(
            definition, ("Retry:Delay", "00:00:30"), ("Retry:Preset", "LambdaAsync"), ("Retry:UseJitter", "true"));

        Assert.Empty(problems);
        Assert.Equivalent(
            new RetryOptions
            {
                MaxRetryAttempts = 2,
                Delay = TimeSpan.FromSeconds(30),
                Backoff = RetryBackoff.Linear,
                UseJitter = true,
            },
            definition.Retry,
            strict: true);
        Assert.Equal(TimeSpan.FromHours(6), definition.MaxAge);
    }

    [Fact]
    public void Apply_Preset_ReplacesTheScheduleOfTheCode()
    {
        SubscriptionDefinition<object> definition = Definition();
        new SubscriptionBuilder<object>(definition).Retry(retry => retry.MaxRetryAttempts = 99);

        ApplySubscription(definition, ("Retry:Preset", "none"));

        Assert.Equal(0, definition.Retry!.MaxRetryAttempts);
    }

    [Theory]
    [InlineData("Timout", "Timeout")]
    [InlineData("Retri", "Retry")]
    [InlineData("Queue:Capacitiy", "Capacity")]
    [InlineData("Retry:MaxRetryAttempt", "MaxRetryAttempts")]
    public void Apply_UnknownKeyOfASubscription_IsAProblemWithAGuess(string key, string meant)
    {
        string problem = Assert.Single(ApplySubscription(Definition(), (key, "1")));

        Assert.StartsWith($"The configuration sets 'EventBus:Subscriptions:stock:{key}', which does not exist", problem, StringComparison.Ordinal);
        Assert.Contains($"Did you mean '{meant}'?", problem, StringComparison.Ordinal);
        Assert.Contains("Known are: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_UnknownKeyOfTheBus_IsAProblemWithAGuess()
    {
        string problem = Assert.Single(ApplyBus(new EventBusOptions(), ("MaxHop", "1")));

        Assert.Contains("'EventBus:MaxHop'", problem, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'MaxHops'?", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Queue:Capacity", "many")]
    [InlineData("Queue:Capacity", "1.5")]
    [InlineData("Queue:Capacity", "99999999999")]
    [InlineData("Queue:MaxConcurrency", "")]
    [InlineData("Queue:FullMode", "Block")]
    [InlineData("Queue:FullMode", "3")]
    [InlineData("Retry:UseJitter", "yes")]
    [InlineData("Retry:Backoff", "Quadratic")]
    [InlineData("Retry:Preset", "Azure")]
    [InlineData("Timeout", "soon")]
    [InlineData("AllowRecursion", "1")]
    public void Apply_UnreadableValue_IsAProblem(string key, string value)
    {
        string problem = Assert.Single(ApplySubscription(Definition(), (key, value)));

        Assert.StartsWith(
            $"The configuration sets 'EventBus:Subscriptions:stock:{key}' to '{value}', which cannot be read. Write ", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeout")]
    [InlineData("MaxAge")]
    [InlineData("Idempotent")]
    [InlineData("Retry:Delay")]
    [InlineData("Retry:MaxDelay")]
    public void Apply_BareNumberAsTime_IsRefused(string key)
    {
        // TimeSpan.Parse would take it for 30 days.
        string problem = Assert.Single(ApplySubscription(Definition(), (key, "30")));

        Assert.Contains("Write a time such as 00:00:30", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AbandonAfter")]
    [InlineData("DrainTimeout")]
    [InlineData("DeduplicationWindow")]
    public void Apply_BareNumberAsTimeOfTheBus_IsRefused(string key) =>
        Assert.Contains("cannot be read", Assert.Single(ApplyBus(new EventBusOptions(), (key, "30"))), StringComparison.Ordinal);

    [Fact]
    public void Apply_InfiniteTimeout_CanBeWritten()
    {
        SubscriptionDefinition<object> definition = Definition();

        string[] problems = ApplySubscription(definition, ("Timeout", "-00:00:00.001"));

        Assert.Empty(problems);
        Assert.Equal(Timeout.InfiniteTimeSpan, definition.Timeout);
    }

    [Fact]
    public void Apply_SeveralProblems_AreAllTold()
    {
        string[] problems = ApplySubscription(
            Definition(), ("Timeout", "30"), ("Queue:Capacity", "x"), ("Queue:Size", "1"), ("Retry:Preset", "x"), ("Foo", "1"));

        Assert.Equal(5, problems.Length);
    }

    [Fact]
    public void Apply_SubscriptionsSection_IsNoUnknownKeyOfTheBus() => Assert.Empty(
        ApplyBus(new EventBusOptions(), ("Subscriptions:stock:Timeout", "00:00:01")));

    [Fact]
    public void FindUnused_NameOfNoSubscription_IsFoundWithItsGuess()
    {
        BusConfiguration configuration = new(TestStand.Configuration(
            ("EventBus:Subscriptions:stok:Timeout", "00:00:01"),
            ("EventBus:Subscriptions:STOCK:Timeout", "00:00:01"),
            ("EventBus:Subscriptions:something.else:Timeout", "00:00:01")));

        (string Path, string? DidYouMean)[] unused = [.. configuration.FindUnused(["stock"]).Order()];

        Assert.Equal(
            [("EventBus:Subscriptions:something.else", null), ("EventBus:Subscriptions:stok", "stock")], unused);
    }

    [Fact]
    public async Task Bus_ConfiguredSubscriptionThatDoesNotExist_IsAWarning()
    {
        await using var stand = TestStand.Build(
            bus => bus.Subscribe<object>("stock", (_, _, _) => default),
            logs: true,
            settings: ("EventBus:Subscriptions:stok:Timeout", "00:00:01"));

        string message = Assert.Single(stand.LogsOf(4004)).Message;
        Assert.StartsWith(
            "The configuration sets 'EventBus:Subscriptions:stok', but no subscription has that name so far. Did you mean 'stock'?",
            message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bus_WithConfiguration_RunsByIt()
    {
        int attempts = 0;
        await using var stand = TestStand.Build(
            bus => bus.Subscribe<object>("stock", (_, _, _) =>
            {
                attempts++;
                throw new InvalidOperationException();
            }).Retry(retry => retry.MaxRetryAttempts = 0),
            settings: [("EventBus:Subscriptions:stock:Retry:MaxRetryAttempts", "4"), ("EventBus:Subscriptions:stock:Retry:Delay", "00:00:00")]);

        await stand.PublishAsync(new object());
        await stand.IdleAsync();

        Assert.Equal(5, attempts);
    }

    [Fact]
    public async Task Subscribe_AtRunTime_ReadsTheConfigurationToo()
    {
        await using var stand = TestStand.Build(
            _ => { }, settings: ("EventBus:Subscriptions:live:Queue:Capacity", "7"));

        await using IEventSubscription subscription = stand.Bus.Subscribe<object>("live", (_, _, _) => default);

        Assert.Equal(7, Assert.Single(stand.Monitor.GetStatistics().Subscriptions).QueueCapacity);
    }

    private static SubscriptionDefinition<object> Definition() => new("stock", _ => (_, _, _) => default);

    private static string[] ApplyBus(EventBusOptions options, params (string Key, string? Value)[] settings) =>
        [.. new BusConfiguration(TestStand.Configuration([.. settings.Select(each => ($"EventBus:{each.Key}", each.Value))])).Apply(options)];

    private static string[] ApplySubscription(SubscriptionDefinition definition, params (string Key, string? Value)[] settings) =>
        [.. new BusConfiguration(TestStand.Configuration(
            [.. settings.Select(each => ($"EventBus:Subscriptions:stock:{each.Key}", each.Value))])).Apply(definition)];
}
