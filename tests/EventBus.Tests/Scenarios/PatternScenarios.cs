using System.Text.Json;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Patterns;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventBus.Tests.Scenarios;

/// <summary>A subscription with a pattern gets what its pattern matches, however many others there are.</summary>
public sealed class PatternScenarios
{
    private sealed record Parcel(string Id, string Country, decimal Weight);

    private sealed class Trap(string id) : IShopEvent
    {
        public string OrderId { get; } = id;

        public string Bad => throw new InvalidOperationException("bad");
    }

    private sealed class Silent : IDeliveryObserver
    {
        public void Observe(in DeliveryObservation observation)
        {
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Matching_WithWhereAndAnotherPattern_AllMustHold(bool inline, bool observed)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<Parcel> subscription = builder
                .Subscribe<Parcel>("nordic", (parcel, _, _) => calls.Note(parcel.Id))
                .Matching("""{ "country": ["NO", "SE"] }""")
                .Where(parcel => parcel.Id != "3")
                .Matching(EventPattern.Parse("""{ "weight": [{ "numeric": ["<", 10] }] }"""));
            if (inline)
            {
                subscription.Inline();
            }

            if (observed)
            {
                builder.AddObserver<Silent>();
            }
        });

        await bus.PublishAsync(new Parcel("1", "NO", 5));
        await bus.PublishAsync(new Parcel("2", "NL", 5));
        await bus.PublishAsync(new Parcel("3", "SE", 5));
        await bus.PublishAsync(new Parcel("4", "SE", 50));
        await bus.IdleAsync();

        Assert.Equal(["1"], calls.All);
        Assert.Equal((1, 3), (bus["nordic"].Accepted, bus["nordic"].Filtered));
        Assert.Equal(3, bus.Monitor.GetStatistics().Unmatched);
    }

    [Fact]
    public async Task Matching_AmongOthers_KeepsTheOrderOfRegistration()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            for (int i = 0; i < 9; i++)
            {
                string name = $"s{i}";
                SubscriptionBuilder<Parcel> subscription =
                    builder.Subscribe<Parcel>(name, (_, _, _) => calls.Note(name)).Inline();
                if (i % 3 != 0)
                {
                    subscription.Matching(i % 3 == 1 ? """{ "country": ["NO"] }""" : """{ "id": [{ "prefix": "a" }] }""");
                }
            }
        });

        await bus.PublishAsync(new Parcel("a", "NO", 1));

        Assert.Equal(["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"], calls.All);
    }

    [Fact]
    public async Task Matching_OnABaseSubscription_SeesTheContractOfItsOwnType()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<IShopEvent>("base", (shop, _, _) => calls.Note($"base {shop.OrderId}")).Inline()
                .Matching("""{ "orderId": ["1", "2"] }""");
            builder.Subscribe<OrderPlaced>("derived", (order, _, _) => calls.Note($"derived {order.OrderId}")).Inline()
                .Matching("""{ "total": [10] }""");
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync<IShopEvent>(new StockCounted("2", 2));
        await bus.PublishAsync<object>(new OrderPlaced("3", 11));
        await bus.PublishAsync(new StockCounted("1", 2));

        Assert.Equal(["base 1", "derived 1", "base 2", "base 1"], calls.All);
        Assert.Equal((3, 1), (bus["base"].Accepted, bus["base"].Filtered));
        Assert.Equal((1, 1), (bus["derived"].Accepted, bus["derived"].Filtered));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Matching_ReadingAPropertyThatThrows_IsADeadLetterOfThoseSubscriptionsAlone(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<Trap>[] all =
            [
                builder.Subscribe<Trap>("good", (_, _, _) => calls.Note("good")).Matching("""{ "orderId": ["1"] }"""),
                builder.Subscribe<Trap>("broken", (_, _, _) => calls.Note("broken")).Matching("""{ "bad": ["1"] }"""),
                builder.Subscribe<Trap>("other", (_, _, _) => calls.Note("other")).Matching("""{ "orderId": ["2"] }"""),
                builder.Subscribe<Trap>("all", (_, _, _) => calls.Note("all")),
            ];
            foreach (SubscriptionBuilder<Trap> subscription in all.Where(_ => inline))
            {
                subscription.Inline();
            }
        });

        await bus.PublishAsync(new Trap("1"));
        await bus.IdleAsync();

        Assert.Equal(["all", "good"], calls.All.Order());
        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal(("broken", DeadLetterReason.FilterFailed, 0), (letter.Subscription, letter.Reason, letter.Attempts));
        Assert.Equal((0, 0, 1, 0), (bus["good"].Filtered, bus["broken"].Filtered, bus["other"].Filtered, bus["all"].Filtered));
    }

    [Fact]
    public async Task Matching_WithMoreWildcardsThanTheIndexTakes_AsksTheRestByThemselves()
    {
        const int Subscriptions = 1_010;
        await using var bus = ScenarioBus.Start(builder =>
        {
            for (int i = 0; i < Subscriptions; i++)
            {
                builder.Subscribe<Parcel>($"s{i}", (_, _, _) => default).Inline()
                    .Matching($$"""{ "id": [{ "wildcard": "*xy*{{i}}*" }] }""");
            }
        });

        await bus.PublishAsync(new Parcel("xy 1009", "NO", 1));

        Assert.Equal((1, 0), (bus["s1009"].Accepted, bus["s1009"].Filtered));
        DeliveryCounts total = bus.Monitor.GetStatistics().Total;
        Assert.Equal(Subscriptions, total.Accepted + total.Filtered);
    }

    [Fact]
    public void Matching_WithBadPatterns_StopsTheStartWithEveryProblem()
    {
        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(() => ScenarioBus.Start(builder =>
        {
            builder.Subscribe<Parcel>("text", (_, _, _) => default).Matching("""{ "country": "NO" }""");
            builder.Subscribe<Parcel>("field", (_, _, _) => default).Matching("""{ "contry": ["NO"] }""");
            builder.Subscribe<Parcel>("timeout", (_, _, _) => default).Timeout(TimeSpan.Zero);
        }));

        Assert.Equal(3, exception.Failures.Count());
        Assert.Contains(exception.Failures, each => each.Contains("'text'", StringComparison.Ordinal) && each.Contains("$.country", StringComparison.Ordinal));
        Assert.Contains(exception.Failures, each => each.Contains("'field'", StringComparison.Ordinal) && each.Contains("country", StringComparison.Ordinal));
        Assert.Contains(exception.Failures, each => each.Contains("'timeout'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Matching_WithABadPatternAtRunTime_IsRefusedAndLeavesNothing()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        var exception = Assert.Throws<OptionsValidationException>(() => bus.Bus.Subscribe<Parcel>(
            "live", (_, _, _) => default, options => options.Matching("""{ "contry": ["NO"] }""")));

        Assert.Contains("'live'", exception.Message, StringComparison.Ordinal);
        Assert.Empty(bus.Monitor.GetStatistics().Subscriptions);
    }

    [Fact]
    public async Task Matching_WithNamesOfTheApplicationsOwn_ReadsThem()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Configure(options => options.PatternJsonOptions = new JsonSerializerOptions(JsonSerializerOptions.Default)
            {
                PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper,
            })
            .Subscribe<Parcel>("nordic", (parcel, _, _) => calls.Note(parcel.Id)).Inline().Matching("""{ "COUNTRY": ["NO"] }"""));

        await bus.PublishAsync(new Parcel("1", "NO", 1));

        Assert.Equal(["1"], calls.All);
    }

    [Fact]
    public async Task Matching_AtRunTime_CountsExactlyWhatWasJudgedWhileItLived()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Parcel>("first", (_, _, _) => default).Inline().Matching("""{ "country": ["NO"] }"""));
        await bus.PublishAsync(new Parcel("1", "NL", 1));

        IEventSubscription subscription = bus.Bus.Subscribe<Parcel>(
            "live", (_, _, _) => default, options => options.Inline().Matching("""{ "country": ["NL"] }"""));
        await bus.PublishAsync(new Parcel("2", "NL", 1));
        await bus.PublishAsync(new Parcel("3", "NO", 1));
        DeliveryCounts living = bus["live"];
        await ScenarioBus.Soon(subscription.DisposeAsync().AsTask());
        await bus.PublishAsync(new Parcel("4", "NL", 1));

        Assert.Equal((1, 1), (living.Accepted, living.Filtered));
        Assert.Equal((1, 3), (bus["first"].Accepted, bus["first"].Filtered));
        Assert.Equal((2, 4), (bus.Monitor.GetStatistics().Total.Accepted, bus.Monitor.GetStatistics().Total.Filtered));
    }

    [Fact]
    public async Task Subscribe_FromAHandlerOfThePublish_DoesNotSeeThatEvent()
    {
        Calls calls = new();
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder => builder.Subscribe<Parcel>("subscribes", (parcel, _, _) =>
        {
            string name = $"new-{parcel.Id}";
            bus!.Bus.Subscribe<Parcel>(name, (_, _, _) => calls.Note(name), options => options.Inline().Matching("""{ "country": ["NO"] }"""));
            return default;
        }).Inline().Matching("""{ "country": ["NO"] }"""));
        await using (bus)
        {
            await bus.PublishAsync(new Parcel("1", "NO", 1));
            Assert.Empty(calls.All);

            await bus.PublishAsync(new Parcel("2", "NO", 1));
            Assert.Equal(["new-1"], calls.All);
        }
    }

    [Fact]
    public async Task Configuration_GivingAPattern_ReplacesThoseOfTheCodeAndKeepsThePredicate()
    {
        Calls calls = new();
        using var configuration = Configuration(("EventBus:Subscriptions:nordic:Pattern", """{ "country": ["FI"] }"""));
        await using var bus = Start(configuration, calls);

        await bus.PublishAsync(new Parcel("1", "NO", 1));
        await bus.PublishAsync(new Parcel("2", "FI", 1));
        await bus.PublishAsync(new Parcel("none", "FI", 1));

        Assert.Equal(["2"], calls.All);
    }

    [Fact]
    public async Task Configuration_ReloadedWithAPattern_SwapsItAndCountsOn()
    {
        Calls calls = new();
        using var configuration = Configuration();
        await using var bus = Start(configuration, calls);
        await bus.PublishAsync(new Parcel("1", "NO", 1));
        await bus.PublishAsync(new Parcel("2", "FI", 1));

        Change(configuration, """{ "country": ["FI"] }""");
        await bus.PublishAsync(new Parcel("3", "NO", 1));
        await bus.PublishAsync(new Parcel("4", "FI", 1));
        Change(configuration, null);
        await bus.PublishAsync(new Parcel("5", "NO", 1));
        await bus.PublishAsync(new Parcel("6", "FI", 1));

        Assert.Equal(["1", "4", "5"], calls.All);
        Assert.Equal((3, 3), (bus["nordic"].Accepted, bus["nordic"].Filtered));
    }

    [Theory]
    [InlineData("""{ "country": "FI" }""")]
    [InlineData("""{ "contry": ["FI"] }""")]
    public async Task Configuration_ReloadedWithABadPattern_KeepsTheOneBefore(string bad)
    {
        Calls calls = new();
        using var configuration = Configuration();
        await using var bus = Start(configuration, calls);

        Change(configuration, bad);
        await bus.PublishAsync(new Parcel("1", "NO", 1));
        await bus.PublishAsync(new Parcel("2", "FI", 1));

        Assert.Equal(["1"], calls.All);
    }

    // A section in the pattern's place is no text: it is refused, and what it replaced must still be known when it goes.
    [Fact]
    public async Task Configuration_ReloadedWithASectionAndThenWithout_ComesBackToThePatternOfTheCode()
    {
        Calls calls = new();
        using var configuration = Configuration();
        await using var bus = Start(configuration, calls);
        Change(configuration, """{ "country": ["FI"] }""");

        configuration["EventBus:Subscriptions:nordic:Pattern:country:0"] = "NO";
        ((IConfigurationRoot)configuration).Reload();
        await bus.PublishAsync(new Parcel("1", "FI", 1));
        configuration.Sources.Clear();
        await bus.PublishAsync(new Parcel("2", "NO", 1));
        await bus.PublishAsync(new Parcel("3", "FI", 1));

        Assert.Equal(["1", "2"], calls.All);
    }

    [Fact]
    public async Task Configuration_ReloadedForASubscriptionWithoutPattern_FiltersItFromThenOn()
    {
        Calls calls = new();
        using var configuration = Configuration();
        await using var bus = ScenarioBus.Start(
            builder => builder.Subscribe<Parcel>("nordic", (parcel, _, _) => calls.Note(parcel.Id)).Inline(),
            services => services.AddSingleton<IConfiguration>(configuration));
        await bus.PublishAsync(new Parcel("1", "NL", 1));

        Change(configuration, """{ "country": ["NO"] }""");
        await bus.PublishAsync(new Parcel("2", "NL", 1));
        Change(configuration, null);
        await bus.PublishAsync(new Parcel("3", "NL", 1));

        Assert.Equal(["1", "3"], calls.All);
        Assert.Equal((2, 1), (bus["nordic"].Accepted, bus["nordic"].Filtered));
    }

    [Fact]
    public async Task Explain_TellsOfEachSubscriptionWhetherAndWhy_AndDoesNothing()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<Parcel>("all", (_, _, _) => calls.Note("all"));
            builder.Subscribe<Parcel>("nordic", (_, _, _) => calls.Note("nordic")).Inline().Matching("""{ "country": ["NO"] }""");
            builder.Subscribe<Parcel>("dutch", (_, _, _) => calls.Note("dutch")).Inline().Matching("""{ "country": ["NL"] }""");
            builder.Subscribe<Parcel>("heavy", (_, _, _) => calls.Note("heavy")).Inline().Where(parcel => parcel.Weight > 5);
            builder.Subscribe<Parcel>("broken", (_, _, _) => calls.Note("broken")).Inline().Where(_ => throw new FormatException("no"));
        });

        EventExplanation explanation = bus.Bus.Explain<object>(new Parcel("1", "NL", 1));

        Assert.Equal(
            [("all", true), ("nordic", false), ("dutch", true), ("heavy", false), ("broken", false)],
            explanation.Subscriptions.Select(each => (each.Subscription, each.WouldRun)));
        Assert.False(Assert.Single(explanation.Subscriptions[1].Patterns).IsMatch);
        Assert.Contains("System.FormatException: no", explanation.Subscriptions[4].Reason, StringComparison.Ordinal);
        Assert.Contains("country: no match, [\"NO\"] asked, \"NL\" seen", explanation.ToString(), StringComparison.Ordinal);
        Assert.Contains("2 of 5 subscriptions would run", explanation.ToString(), StringComparison.Ordinal);
        Assert.Empty(calls.All);
        Assert.Equal(new DeliveryCounts(), bus.Monitor.GetStatistics().Total);
        Assert.Equal(0, bus.Monitor.GetStatistics().Published);
    }

    [Fact]
    public async Task Explain_WithAPropertyThatThrows_TellsIt()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Trap>("broken", (_, _, _) => default).Matching("""{ "bad": ["1"] }"""));

        SubscriptionExplanation explanation = Assert.Single(bus.Bus.Explain(new Trap("1")).Subscriptions);

        Assert.False(explanation.WouldRun);
        Assert.Contains(nameof(DeadLetterReason.FilterFailed), explanation.Reason, StringComparison.Ordinal);
    }

    private static ScenarioBus Start(IConfiguration configuration, Calls calls) => ScenarioBus.Start(
        builder => builder.Subscribe<Parcel>("nordic", (parcel, _, _) => calls.Note(parcel.Id)).Inline()
            .Matching("""{ "country": ["NO"] }""").Where(parcel => parcel.Id != "none"),
        services => services.AddSingleton(configuration));

    private static ConfigurationManager Configuration(params (string Key, string? Value)[] settings)
    {
        ConfigurationManager configuration = new();
        configuration.AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Key, each.Value)));
        return configuration;
    }

    private static void Change(ConfigurationManager configuration, string? pattern)
    {
        configuration["EventBus:Subscriptions:nordic:Pattern"] = pattern;
        ((IConfigurationRoot)configuration).Reload();
    }
}
