using EventBus.Diagnostics;
using EventBus.Dispatching;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Scenarios;

/// <summary>Subscriptions that are halted while the program runs.</summary>
public sealed class PauseScenarios
{
    private const string Name = "steps";

    private readonly Calls _calls = new();

    [Fact]
    public async Task Pause_Hold_KeepsEventsUntilItGoesOn()
    {
        await using ScenarioBus bus = Start();
        Control(bus).Pause(Name);

        await PublishAsync(bus, 1, 2, 3);

        await bus.IdleAsync();
        Assert.Empty(_calls.All);
        Assert.Equal((3, 3, PauseMode.Hold), (bus[Name].Queued, bus[Name].Pending, Statistics(bus).Paused));
        bus.AssertConserved();
        Control(bus).Resume(Name);
        await bus.IdleAsync();
        Assert.Equal(["1", "2", "3"], _calls.All);
        Assert.Null(Statistics(bus).Paused);
    }

    [Fact]
    public async Task Pause_WhileEventsAreHeld_TheBusIsIdleAndNotSettled()
    {
        await using ScenarioBus bus = Start();
        Control(bus).Pause(Name);
        await PublishAsync(bus, 1);

        Task settled = bus.Monitor.WhenSettledAsync().AsTask();

        await bus.IdleAsync();
        Assert.False(settled.IsCompleted);
        Control(bus).Resume(Name);
        await ScenarioBus.Soon(settled);
    }

    [Fact]
    public async Task Pause_OfAFullQueue_HoldsThePublisherBack()
    {
        await using ScenarioBus bus = Start(static queue => queue.Capacity = 1);
        Control(bus).Pause(Name);
        await PublishAsync(bus, 1);

        Task second = bus.PublishAsync(new OrderPlaced("2")).AsTask();

        Assert.False(second.IsCompleted);
        Control(bus).Resume(Name);
        await ScenarioBus.Soon(second);
        await bus.IdleAsync();
        Assert.Equal(["1", "2"], _calls.All);
    }

    [Fact]
    public async Task Pause_WhileAHandlerRuns_LetsItEndAndBeginsNoOther()
    {
        TaskCompletionSource gate = new();
        await using ScenarioBus bus = Start(wait: gate.Task);
        await PublishAsync(bus, 1, 2);
        await TestStand.UntilAsync(() => _calls.Count == 1);

        Control(bus).Pause(Name);
        gate.SetResult();

        await bus.IdleAsync();
        Assert.Equal((1, 1), (bus[Name].Succeeded, bus[Name].Queued));
        Control(bus).Resume(Name);
        await bus.IdleAsync();
    }

    [Fact]
    public async Task Resume_WhileItsOnlyHandlerRuns_SettlesWhenAllIsHandled()
    {
        TaskCompletionSource gate = new();
        await using ScenarioBus bus = Start(wait: gate.Task);
        await PublishAsync(bus, 1);
        await TestStand.UntilAsync(() => _calls.Count == 1);
        Control(bus).Pause(Name);
        await PublishAsync(bus, 2);

        Control(bus).Resume(Name);
        gate.SetResult();

        await ScenarioBus.Soon(bus.Monitor.WhenSettledAsync().AsTask());
        Assert.Equal((2, 0), (bus[Name].Succeeded, bus[Name].Pending));
    }

    [Fact]
    public async Task Pause_HoldsRetriesThatAreDue()
    {
        await using ScenarioBus bus = Start(fails: 1);
        await PublishAsync(bus, 1);
        await bus.IdleAsync();

        Control(bus).Pause(Name);
        bus.Clock.Advance(TimeSpan.FromMinutes(1));
        await bus.IdleAsync();

        Assert.Equal((1, 1), (_calls.Count, bus[Name].Queued));
        Control(bus).Resume(Name);
        await bus.SettleAsync();
        Assert.Equal((2, 1), (_calls.Count, bus[Name].Succeeded));
    }

    [Fact]
    public async Task Pause_DeadLetter_MakesLettersOfWhatComesAndKeepsWhatWasQueued()
    {
        await using ScenarioBus bus = Start();
        Control(bus).Pause(Name);
        await PublishAsync(bus, 1);

        Control(bus).Pause(Name, PauseMode.DeadLetter);
        await PublishAsync(bus, 2);

        Assert.Equal(DeadLetterReason.Paused, (await bus.OnlyLetterAsync()).Reason);
        Control(bus).Resume(Name);
        await bus.DeadLetters.RedriveAsync((await bus.OnlyLetterAsync()).Id);
        await bus.IdleAsync();
        Assert.Equal(["1", "2"], _calls.All);
    }

    [Fact]
    public async Task Pause_DeadLetter_RefusesRedrivesAndKeepsTheLetter()
    {
        await using ScenarioBus bus = Start();
        Control(bus).Pause(Name, PauseMode.DeadLetter);
        await PublishAsync(bus, 1);
        Guid id = (await bus.OnlyLetterAsync()).Id;

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => bus.DeadLetters.RedriveAsync(id).AsTask());

        Assert.Contains("Resume(\"steps\")", refused.Message, StringComparison.Ordinal);
        Assert.Equal(id, (await bus.OnlyLetterAsync()).Id);
    }

    [Fact]
    public async Task Pause_AtShutdown_IsNotWaitedForAndLosesNothing()
    {
        await using ScenarioBus bus = Start();
        Control(bus).Pause(Name);
        await PublishAsync(bus, 1, 2);

        await ScenarioBus.Soon(bus.Services.DisposeAsync().AsTask());

        Assert.Equal([DeadLetterReason.Shutdown, DeadLetterReason.Shutdown], (await bus.LettersAsync()).Select(static letter => letter.Reason));
    }

    [Fact]
    public async Task Drain_BringsAllToItsEndAndPauses()
    {
        await using ScenarioBus bus = Start(fails: 1);
        await PublishAsync(bus, 1);

        Task draining = Control(bus).DrainAsync(Name).AsTask();
        await PublishAsync(bus, 2);
        await bus.SettleAsync();
        await ScenarioBus.Soon(draining);
        await PublishAsync(bus, 3);

        await bus.IdleAsync();
        Assert.Equal((2, 1), (bus[Name].Succeeded, bus[Name].Queued));
    }

    [Fact]
    public async Task Drain_Cancelled_LeavesTheSubscriptionAsItWas()
    {
        await using ScenarioBus bus = Start(fails: 1);
        using CancellationTokenSource cancellation = new();
        await PublishAsync(bus, 1);
        Task draining = Control(bus).DrainAsync(Name, cancellationToken: cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => draining);
        await bus.SettleAsync();
        Assert.Null(Statistics(bus).Paused);
    }

    [Fact]
    public async Task Health_OfAPausedSubscription_IsDegraded()
    {
        await using ScenarioBus bus = Start();

        Control(bus).Pause(Name);

        EventBusHealth health = bus.Monitor.CheckHealth();
        Assert.Equal(EventBusHealthStatus.Degraded, health.Status);
        Assert.Contains("'steps' is paused (Hold).", health.Findings);
    }

    [Fact]
    public async Task Pause_OfAnUnknownOrInlineSubscription_SaysWhatToWrite()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("inline.one", static (_, _, _) => default).Inline());

        ArgumentException unknown = Assert.Throws<ArgumentException>(() => Control(bus).Pause("inline.on"));
        InvalidOperationException inline = Assert.Throws<InvalidOperationException>(() => Control(bus).Pause("inline.one"));

        Assert.Equal("subscription", unknown.ParamName);
        Assert.Contains("Did you mean 'inline.one'? Known are: inline.one.", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("Remove .Inline()", inline.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Control(bus).Pause("inline.one", (PauseMode)7));
    }

    private ScenarioBus Start(Action<QueueOptions>? queue = null, int fails = 0, Task? wait = null) => ScenarioBus.Start(builder => builder
        .Subscribe<OrderPlaced>(Name, async (order, context, _) =>
        {
            _calls.Add(order.OrderId);
            if (context.Attempt <= fails && order.OrderId == "1")
            {
                throw new InvalidOperationException("not now");
            }

            await (wait ?? Task.CompletedTask);
        })
        .Queue(options =>
        {
            options.MaxConcurrency = 1;
            queue?.Invoke(options);
        }));

    private static ISubscriptionControl Control(ScenarioBus bus) => bus.Services.GetRequiredService<ISubscriptionControl>();

    private static SubscriptionStatistics Statistics(ScenarioBus bus) => Assert.Single(bus.Monitor.GetStatistics().Subscriptions);

    private static async Task PublishAsync(ScenarioBus bus, params int[] numbers)
    {
        foreach (int number in numbers)
        {
            await bus.PublishAsync(new OrderPlaced($"{number}"));
        }
    }
}
