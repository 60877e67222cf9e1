using CsCheck;

namespace EventBus.Tests.Simulation;

/// <summary>The conservation law under random handlers, schedules, redrives and shutdowns, on the real bus.</summary>
public sealed class ConservationSimulation
{
    [Fact]
    public void ConservationLaw_UnderRandomHandlersAndSchedules_HoldsAtEveryStep() =>
        ShopPlan.Generator.Sample(plan => _ = Simulate(plan), iter: 1_000, threads: 1);

    [Fact]
    public void Simulation_OfOneSeed_ReplaysIdentically() =>
        ShopPlan.Generator.Sample(plan => Assert.Equal(Simulate(plan), Simulate(plan)), iter: 100, threads: 1);

    [Fact]
    public void Simulations_OfDifferentSeeds_TakeDifferentWays()
    {
        ShopPlan plan = new(0, 2, 3, false, false, false, false, false,
        [
            new SubscriptionPlan(2, 2, QueueFullMode.Wait, 1, false, false, [Behaviour.SucceedLater, Behaviour.ThrowLater]),
        ]);

        IEnumerable<string> ways = Enumerable.Range(0, 50).Select(seed => string.Join('\n', Simulate(plan with { Seed = seed })));

        Assert.True(ways.Distinct().Count() > 25);
    }

    private static IReadOnlyList<string> Simulate(ShopPlan plan)
    {
        SimulatedScheduler scheduler = new(plan.Seed);
        using SimulatedShop shop = new(scheduler, plan);
        scheduler.Run(shop.RunAsync, shop.Check);
        Assert.False(scheduler.HasEscaped, "Something ran outside the simulation.");
        return scheduler.Trace;
    }
}
