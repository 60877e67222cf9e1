using CsCheck;
using EventBus.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Publishing;

/// <summary>Holds the index of patterns to the plain reading of them, while subscriptions come, go and change.</summary>
public sealed class PatternRoutingTests
{
    private interface IColored
    {
        string Color { get; }
    }

    private sealed record Bead(string Color, string Size) : IColored;

    private sealed record Ribbon(string Color) : IColored;

    /// <summary>What a subscription should have done.</summary>
    private sealed class Expected(string name, bool isInline, bool wantsBeads)
    {
        public string Name => name;

        public bool IsInline => isInline;

        public bool WantsBeads => wantsBeads;

        public IEventSubscription Subscription { get; set; } = null!;

        public string? ColorOfCode { get; init; }

        public string? ColorOfConfiguration { get; set; }

        public string? SizeOfPredicate { get; init; }

        public long Accepted { get; set; }

        public long Filtered { get; set; }

        public bool Wants(IColored colored) =>
            (ColorOfConfiguration ?? ColorOfCode) is not { } color || color == colored.Color;

        public bool Takes(IColored colored) =>
            Wants(colored) && (SizeOfPredicate is null || ((Bead)colored).Size == SizeOfPredicate);
    }

    [Fact]
    public void RandomSubscriptions_ThatComeGoAndChange_GetWhatTheirPatternsMatch_InOrder() =>
        Gen.Int.Sample(seed => RunAsync(new Random(seed)).GetAwaiter().GetResult(), iter: 150, threads: 1);

    [Fact]
    public async Task Counters_WhileSubscriptionsComeAndGo_StayExact()
    {
        const int Publishers = 3;
        const int Events = 20_000;
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<Bead>("never", static (_, _, _) => default).Inline().Matching("""{ "color": ["blue"] }""");
            bus.Subscribe<Bead>("always", static (_, _, _) => default).Inline().Matching("""{ "color": ["red"] }""");
        });
        Bead bead = new("red", "small");
        int left = Publishers;
        Task[] publishing = [.. Enumerable.Range(0, Publishers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Events; i++)
            {
                await stand.PublishAsync(bead);
            }

            Interlocked.Decrement(ref left);
        }))];
        for (int i = 0; Volatile.Read(ref left) > 0; i++)
        {
            // Each matches every event that is judged while it is there, so none may count as turned away.
            await using IEventSubscription passing = stand.Bus.Subscribe<Bead>(
                $"passing-{i}", static (_, _, _) => default, options => options.Inline().Matching("""{ "size": ["small"] }"""));
            await Task.Yield();
        }

        await Task.WhenAll(publishing);

        EventBusStatistics statistics = stand.Monitor.GetStatistics();
        Assert.Equal((0, Publishers * Events), (statistics["never"].Accepted, statistics["never"].Filtered));
        Assert.Equal((Publishers * Events, 0), (statistics["always"].Accepted, statistics["always"].Filtered));
        Assert.Equal(Publishers * Events, statistics.Total.Filtered);
        Assert.True(statistics.Total.IsConserved);
    }

    private static async Task RunAsync(Random random)
    {
        string[] colors = ["red", "green", "blue"];
        string[] sizes = ["small", "large"];
        ConfigurationManager configuration = new();
        List<string> calls = [];
        await using var stand = TestStand.Build(_ => { }, services => services.AddSingleton<IConfiguration>(configuration));
        List<Expected> living = [];
        for (int step = 0; step < 60; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    living.Add(Subscribe(random.Next(2) == 0, step));
                    break;
                case 2 when living.Count > 0:
                    Expected ending = living[random.Next(living.Count)];
                    living.Remove(ending);
                    await ending.Subscription.DisposeAsync();
                    break;
                case 3 when living.Count > 0:
                    Expected changed = living[random.Next(living.Count)];
                    changed.ColorOfConfiguration = random.Next(3) == 0 ? null : colors[random.Next(3)];
                    configuration[$"EventBus:Subscriptions:{changed.Name}:Pattern"] =
                        changed.ColorOfConfiguration is { } color ? $$"""{ "color": ["{{color}}"] }""" : null;
                    ((IConfigurationRoot)configuration).Reload();
                    break;
                default:
                    await PublishAsync(random.Next(3) == 0
                        ? new Ribbon(colors[random.Next(3)])
                        : new Bead(colors[random.Next(3)], sizes[random.Next(2)]));
                    break;
            }
        }

        Expected Subscribe(bool wantsBeads, int step)
        {
            Expected expected = new($"s{step}", isInline: random.Next(4) != 0, wantsBeads)
            {
                ColorOfCode = random.Next(4) == 0 ? null : colors[random.Next(3)],
                SizeOfPredicate = wantsBeads && random.Next(3) == 0 ? sizes[random.Next(2)] : null,
            };
            expected.Subscription = wantsBeads
                ? stand.Bus.Subscribe<Bead>(expected.Name, Handle, options => Apply(options).Where(bead =>
                    expected.SizeOfPredicate is null || bead.Size == expected.SizeOfPredicate))
                : stand.Bus.Subscribe<IColored>(expected.Name, Handle, options => Apply(options));
            return expected;

            SubscriptionBuilder<TEvent> Apply<TEvent>(SubscriptionBuilder<TEvent> options)
                where TEvent : notnull
            {
                if (expected.ColorOfCode is { } color)
                {
                    options.Matching($$"""{ "color": ["{{color}}"] }""");
                }

                return expected.IsInline ? options.Inline() : options;
            }

            ValueTask Handle(IColored colored, EventContext context, CancellationToken cancellationToken)
            {
                if (expected.IsInline)
                {
                    calls.Add(expected.Name);
                }

                return default;
            }
        }

        async Task PublishAsync(IColored colored)
        {
            calls.Clear();
            await (random.Next(2) == 0 || colored is not Bead bead ? stand.PublishAsync(colored) : stand.PublishAsync(bead));
            await stand.IdleAsync();
            List<string> expectedCalls = [];
            foreach (Expected each in living.Where(each => !each.WantsBeads || colored is Bead))
            {
                bool takes = each.Takes(colored);
                each.Accepted += takes ? 1 : 0;
                each.Filtered += takes ? 0 : 1;
                if (takes && each.IsInline)
                {
                    expectedCalls.Add(each.Name);
                }
            }

            Assert.Equal(expectedCalls, calls);
            EventBusStatistics statistics = stand.Monitor.GetStatistics();
            Assert.Equal(
                living.Select(each => (each.Name, each.Accepted, each.Filtered)),
                statistics.Subscriptions.Select(each => (each.Name, each.Counts.Accepted, each.Counts.Filtered)));
            Assert.Equal(
                living.Where(each => !each.WantsBeads || colored is Bead).Select(each => (each.Name, each.Takes(colored))).Order(),
                stand.Bus.Explain(colored).Subscriptions.Select(each => (each.Subscription, each.WouldRun)).Order());
        }
    }
}
