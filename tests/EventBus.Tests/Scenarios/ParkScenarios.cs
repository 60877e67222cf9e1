using EventBus.DeadLettering;

namespace EventBus.Tests.Scenarios;

/// <summary>Keys whose later events wait behind a dead letter.</summary>
public sealed class ParkScenarios
{
    private sealed record Step(string Key, int Number);

    private readonly Calls _calls = new();
    private readonly HashSet<int> _failing = [];

    [Fact]
    public async Task Park_AfterADeadLetter_KeepsTheKeysLaterEventsAmongTheDeadLetters()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);

        await PublishAsync(bus, "A", 1, 2, 3);
        await PublishAsync(bus, "B", 10);
        await bus.IdleAsync();
        await PublishAsync(bus, "A", 4);
        await bus.IdleAsync();

        Assert.Equal(["1", "10"], _calls.All.Order());
        Assert.Equal(
            [(1, DeadLetterReason.RetriesExhausted), (2, DeadLetterReason.Parked), (3, DeadLetterReason.Parked), (4, DeadLetterReason.Parked)],
            (await LettersAsync(bus)).Select(static letter => (((Step)letter.Event).Number, letter.Reason)));
        Assert.All(await LettersAsync(bus), static letter => Assert.Equal("A", letter.OrderKey));
    }

    [Fact]
    public async Task Park_OfAllThatAFullQueueHolds_LetsAPublisherInThatWaitsForRoom()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (_, _, _) =>
            {
                await gate.Task;
                throw new InvalidOperationException("never");
            })
            .OrderBy(step => step.Key, AfterDeadLetter.Park)
            .Queue(queue => queue.Capacity = 1)
            .Retry(RetryPreset.None));
        await PublishAsync(bus, "A", 1);
        await TestStand.UntilAsync(() => bus["steps"].Running == 1);
        await PublishAsync(bus, "A", 2);
        Task waiting = bus.PublishAsync(new Step("A", 3)).AsTask();
        Assert.False(waiting.IsCompleted);

        gate.SetResult();

        await ScenarioBus.Soon(waiting);
        await bus.IdleAsync();
        Assert.Equal(3, bus["steps"].DeadLettered);
    }

    [Fact]
    public async Task Park_TheFirstRedriven_ReleasesThoseBehindItInTheirOrder()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2, 3, 4);
        await bus.IdleAsync();
        _failing.Clear();

        await bus.DeadLetters.RedriveAsync((await LettersAsync(bus))[0].Id);

        await bus.IdleAsync();
        Assert.Equal(["1", "1", "2", "3", "4"], _calls.All);
        Assert.Empty(await LettersAsync(bus));
        Assert.Equal(4, bus["steps"].Redriven);
    }

    [Fact]
    public async Task Park_ALetterBehindTheFirst_IsNotRedrivenBeforeIt()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2);
        await bus.IdleAsync();
        IReadOnlyList<DeadLetter> letters = await LettersAsync(bus);

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => bus.DeadLetters.RedriveAsync(letters[1].Id).AsTask());

        Assert.Contains($"Redrive or discard letter {letters[0].Id}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await LettersAsync(bus)).Count);
        Assert.Equal(["1"], _calls.All);
    }

    [Fact]
    public async Task Park_AllRedrivenByAQuery_AreHandledInTheirOrder()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2, 3);
        await bus.IdleAsync();
        _failing.Clear();

        await bus.DeadLetters.RedriveAsync(new DeadLetterQuery());

        await bus.IdleAsync();
        Assert.Equal(["1", "1", "2", "3"], _calls.All);
    }

    [Fact]
    public async Task Park_TheFirstFailsAgain_StaysInFrontOfThoseBehindIt()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2);
        await bus.IdleAsync();

        await bus.DeadLetters.RedriveAsync((await LettersAsync(bus))[0].Id);
        await bus.IdleAsync();

        Assert.Equal(["1", "1"], _calls.All);
        DeadLetter first = Assert.Single(await LettersAsync(bus), static letter => letter.Reason != DeadLetterReason.Parked);
        _failing.Clear();
        await bus.DeadLetters.RedriveAsync(first.Id);
        await bus.IdleAsync();
        Assert.Equal(["1", "1", "1", "2"], _calls.All);
    }

    [Fact]
    public async Task Park_OneBehindTheFirstFailsInItsTurn_ParksTheRestBehindItself()
    {
        await using ScenarioBus bus = Start();
        _failing.UnionWith([1, 2]);
        await PublishAsync(bus, "A", 1, 2, 3);
        await bus.IdleAsync();
        _failing.Remove(1);

        await bus.DeadLetters.RedriveAsync((await LettersAsync(bus))[0].Id);
        await bus.IdleAsync();

        Assert.Equal(["1", "1", "2"], _calls.All);
        Assert.Equal(
            [(3, DeadLetterReason.Parked), (2, DeadLetterReason.RetriesExhausted)],
            (await LettersAsync(bus)).Select(static letter => (((Step)letter.Event).Number, letter.Reason)));
    }

    [Fact]
    public async Task Park_TheFirstDiscarded_ReleasesThoseBehindIt()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2, 3);
        await bus.IdleAsync();

        await bus.DeadLetters.DiscardAsync((await LettersAsync(bus))[0].Id);

        await bus.IdleAsync();
        Assert.Equal(["1", "2", "3"], _calls.All);
    }

    [Fact]
    public async Task Park_OneInTheMiddleDiscarded_IsStoodOver()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2, 3);
        await bus.IdleAsync();
        _failing.Clear();
        IReadOnlyList<DeadLetter> letters = await LettersAsync(bus);

        await bus.DeadLetters.DiscardAsync(letters[1].Id);
        await bus.DeadLetters.RedriveAsync(letters[0].Id);

        await bus.IdleAsync();
        Assert.Equal(["1", "1", "3"], _calls.All);
    }

    [Fact]
    public async Task Park_TheFirstPushedOutOfAFullStore_IsNotWaitedForForEver()
    {
        await using ScenarioBus bus = Start(capacity: 2);
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2, 3);
        await bus.IdleAsync();
        _failing.Clear();

        await bus.DeadLetters.RedriveAsync((await LettersAsync(bus))[^1].Id);

        await bus.IdleAsync();
        Assert.Equal(["1", "2", "3"], _calls.All);
    }

    [Fact]
    public async Task Park_AnEventPublishedWhileTheKeyIsReleased_StandsAtItsEnd()
    {
        TaskCompletionSource gate = new();
        await using ScenarioBus bus = Start(wait: (2, gate.Task));
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2, 3);
        await bus.IdleAsync();
        _failing.Clear();
        await bus.DeadLetters.RedriveAsync((await LettersAsync(bus))[0].Id);
        await TestStand.UntilAsync(() => _calls.All.Contains("2"));

        await PublishAsync(bus, "A", 4);
        gate.SetResult();

        await bus.IdleAsync();
        await bus.Monitor.WhenSettledAsync();
        Assert.Equal(["1", "1", "2", "3", "4"], _calls.All);
        Assert.Empty(await LettersAsync(bus));
    }

    [Fact]
    public async Task Park_OfAKeyThatHasEnded_LeavesTheKeyAsItWas()
    {
        await using ScenarioBus bus = Start();
        _failing.Add(1);
        await PublishAsync(bus, "A", 1, 2);
        await bus.IdleAsync();
        _failing.Clear();
        await bus.DeadLetters.RedriveAsync((await LettersAsync(bus))[0].Id);
        await bus.IdleAsync();

        await PublishAsync(bus, "A", 3);

        await bus.IdleAsync();
        Assert.Equal(["1", "1", "2", "3"], _calls.All);
    }

    [Fact]
    public async Task Park_InOrder_HoldsBackAllEvents()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", Handle).InOrder(AfterDeadLetter.Park).Retry(RetryPreset.None));
        _failing.Add(1);

        await PublishAsync(bus, "A", 1);
        await PublishAsync(bus, "B", 2);
        await bus.IdleAsync();

        Assert.Equal(["1"], _calls.All);
        Assert.Equal(2, (await LettersAsync(bus)).Count);
    }

    private ScenarioBus Start(int capacity = 100, (int Number, Task Gate)? wait = null) => ScenarioBus.Start(builder => builder
        .Configure(options => options.DeadLetterCapacity = capacity)
        .Subscribe<Step>("steps", async (step, context, token) =>
        {
            await Handle(step, context, token);
            if (step.Number == wait?.Number)
            {
                await wait.Value.Gate;
            }
        })
        .OrderBy(static step => step.Key, AfterDeadLetter.Park)
        .Retry(RetryPreset.None));

    private ValueTask Handle(Step step, EventContext context, CancellationToken cancellationToken)
    {
        _calls.Add($"{step.Number}");
        return _failing.Contains(step.Number) ? throw new InvalidOperationException("not now") : default;
    }

    private static async Task PublishAsync(ScenarioBus bus, string key, params int[] numbers)
    {
        foreach (int number in numbers)
        {
            await bus.PublishAsync(new Step(key, number));
        }
    }

    private static Task<IReadOnlyList<DeadLetter>> LettersAsync(ScenarioBus bus) => bus.LettersAsync("steps");
}
