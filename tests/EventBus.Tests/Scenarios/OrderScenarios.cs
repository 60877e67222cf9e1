namespace EventBus.Tests.Scenarios;

/// <summary>Events of one key, strictly one after the other.</summary>
public sealed class OrderScenarios
{
    private sealed record Step(string Key, int Number);

    [Fact]
    public async Task OrderBy_EventsOfOneKey_AreHandledOneAfterTheOtherInTheirOrder()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (step, _, _) =>
            {
                calls.Add($"begin {step.Number}");
                await Task.Yield();
                calls.Add($"end {step.Number}");
            })
            .OrderBy(step => step.Key)
            .Queue(queue => queue.MaxConcurrency = 4));

        for (int i = 0; i < 50; i++)
        {
            await bus.PublishAsync(new Step("A", i));
        }

        await bus.IdleAsync();
        Assert.Equal(Enumerable.Range(0, 50).SelectMany(static i => new[] { $"begin {i}", $"end {i}" }), calls.All);
    }

    [Fact]
    public async Task OrderBy_EventsOfOtherKeys_OverlapUpToTheConcurrency()
    {
        TaskCompletionSource gate = new();
        int running = 0;
        int most = 0;
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (_, _, _) =>
            {
                int now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                await gate.Task;
                Interlocked.Decrement(ref running);
            })
            .OrderBy(step => step.Key)
            .Queue(queue => queue.MaxConcurrency = 3));
        for (int i = 0; i < 10; i++)
        {
            await bus.PublishAsync(new Step($"key {i % 5}", i));
        }

        await TestStand.UntilAsync(() => Volatile.Read(ref running) == 3);

        gate.SetResult();
        await bus.IdleAsync();
        Assert.Equal(3, most);
        Assert.Equal(10, bus["steps"].Succeeded);
    }

    [Fact]
    public async Task OrderBy_WhileAnEventWaitsForItsRetry_HoldsBackItsKeyAndNoOther()
    {
        Calls calls = new();
        bool fails = true;
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", (step, context, _) =>
            {
                calls.Add($"{step.Key}{step.Number}.{context.Attempt}");
                return step is { Key: "A", Number: 1 } && fails ? throw new InvalidOperationException("not now") : default;
            })
            .OrderBy(step => step.Key)
            .Queue(queue => queue.MaxConcurrency = 1));

        await bus.PublishAsync(new Step("A", 1));
        await bus.PublishAsync(new Step("A", 2));
        await bus.PublishAsync(new Step("B", 1));
        await bus.IdleAsync();

        Assert.Equal(["A1.1", "B1.1"], calls.All);
        Assert.Equal((1, 1), (bus["steps"].Queued, bus["steps"].WaitingForRetry));
        fails = false;
        await bus.SettleAsync();
        Assert.Equal(["A1.1", "B1.1", "A1.2", "A2.1"], calls.All);
    }

    [Fact]
    public async Task OrderBy_AfterADeadLetter_GoesOnWithTheKeysNextEvent()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", (step, _, _) =>
            {
                calls.Add($"{step.Number}");
                return step.Number == 1 ? throw new InvalidOperationException("never") : default;
            })
            .OrderBy(step => step.Key)
            .Retry(RetryPreset.None));

        for (int i = 1; i <= 3; i++)
        {
            await bus.PublishAsync(new Step("A", i));
        }

        await bus.IdleAsync();
        Assert.Equal(["1", "2", "3"], calls.All);
        Assert.Equal((2, 1), (bus["steps"].Succeeded, bus["steps"].DeadLettered));
    }

    [Fact]
    public async Task OrderBy_ARedrivenLetter_StandsBehindWhatItsKeyHasByThen()
    {
        Calls calls = new();
        TaskCompletionSource gate = new();
        bool fails = true;
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (step, _, _) =>
            {
                calls.Add($"{step.Number}");
                if (step.Number == 1 && fails)
                {
                    throw new InvalidOperationException("not now");
                }

                if (step.Number == 2)
                {
                    await gate.Task;
                }
            })
            .OrderBy(step => step.Key)
            .Retry(RetryPreset.None));
        await bus.PublishAsync(new Step("A", 1));
        await bus.IdleAsync();
        await bus.PublishAsync(new Step("A", 2));
        await bus.PublishAsync(new Step("A", 3));
        fails = false;

        await bus.DeadLetters.RedriveAsync((await bus.OnlyLetterAsync()).Id);

        gate.SetResult();
        await bus.IdleAsync();
        Assert.Equal(["1", "2", "3", "1"], calls.All);
    }

    [Fact]
    public async Task OrderBy_AKeyWithALongBacklog_DoesNotHoldUpOthers()
    {
        TaskCompletionSource gate = new();
        TaskCompletionSource quiet = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (step, _, _) =>
            {
                if (step.Key == "quiet")
                {
                    quiet.TrySetResult();
                }
                else
                {
                    await gate.Task;
                }
            })
            .OrderBy(step => step.Key)
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (300_000, 2)));
        for (int i = 0; i < 200_000; i++)
        {
            await bus.PublishAsync(new Step("hot", i));
        }

        await bus.PublishAsync(new Step("quiet", 0));

        await ScenarioBus.Soon(quiet.Task);
        Assert.Equal(199_999, bus["steps"].Queued);
        gate.SetResult();
        await bus.IdleAsync();
    }

    [Fact]
    public async Task OrderBy_ANullKey_IsInOrderWithNothing()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (_, _, _) => await gate.Task)
            .OrderBy(step => step.Key.Length == 0 ? null : step.Key)
            .Queue(queue => queue.MaxConcurrency = 4));

        for (int i = 0; i < 4; i++)
        {
            await bus.PublishAsync(new Step("", i));
        }

        await TestStand.UntilAsync(() => bus["steps"].Running == 4);
        gate.SetResult();
        await bus.IdleAsync();
    }

    [Fact]
    public async Task OrderBy_AKeyThatThrows_MakesADeadLetterOfItsSubscriptionAlone()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<Step>("steps", (_, _, _) => default).OrderBy<string>(_ => throw new InvalidOperationException("no key"));
            builder.Subscribe<Step>("others", (step, _, _) => calls.Note(step.Key));
        });

        await bus.PublishAsync(new Step("A", 1));

        await bus.IdleAsync();
        Assert.Equal(["A"], calls.All);
        Assert.Equal(DeadLetterReason.FilterFailed, (await bus.OnlyLetterAsync("steps")).Reason);
    }

    [Fact]
    public async Task OrderBy_AtShutdown_WritesOffWhatIsLeftInTheOrderOfItsKey()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (_, _, token) => await gate.Task.WaitAsync(token))
            .OrderBy(step => step.Key));
        for (int i = 0; i < 6; i++)
        {
            await bus.PublishAsync(new Step(i % 2 == 0 ? "A" : "B", i));
        }

        bus.Services.Dispose();

        await bus.Monitor.WhenSettledAsync();
        List<Step> letters = [.. (await bus.LettersAsync()).Select(static letter => (Step)letter.Event)];
        Assert.Equal(6, letters.Count);
        Assert.Equal([2, 4], letters.Where(static step => step is { Key: "A", Number: > 0 }).Select(static step => step.Number));
        Assert.Equal([3, 5], letters.Where(static step => step is { Key: "B", Number: > 1 }).Select(static step => step.Number));
    }

    [Fact]
    public async Task InOrder_WhileAnEventWaitsForItsRetry_HoldsBackAll()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", (step, context, _) =>
            {
                calls.Add($"{step.Number}.{context.Attempt}");
                return step.Number == 1 && context.Attempt == 1 ? throw new InvalidOperationException("not now") : default;
            })
            .InOrder());

        for (int i = 1; i <= 3; i++)
        {
            await bus.PublishAsync(new Step($"{i}", i));
        }

        await bus.IdleAsync();
        Assert.Equal(["1.1"], calls.All);
        await bus.SettleAsync();
        Assert.Equal(["1.1", "1.2", "2.1", "3.1"], calls.All);
    }

    [Fact]
    public async Task FairBy_AKeyWithALongBacklog_LetsOthersTakeTurns()
    {
        Calls calls = new();
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", async (step, _, _) =>
            {
                await gate.Task;
                calls.Add($"{step.Key}{step.Number}");
            })
            .FairBy(step => step.Key)
            .Queue(queue => queue.MaxConcurrency = 1));
        for (int i = 0; i < 100; i++)
        {
            await bus.PublishAsync(new Step("noisy", i));
        }

        await bus.PublishAsync(new Step("quiet", 0));
        await bus.PublishAsync(new Step("quiet", 1));

        gate.SetResult();
        await bus.IdleAsync();
        Assert.InRange(calls.All.ToList().IndexOf("quiet0"), 0, 3);
        Assert.InRange(calls.All.ToList().IndexOf("quiet1"), 0, 5);
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"noisy{i}"), calls.All.Where(static call => call.StartsWith('n')));
    }

    [Fact]
    public async Task Keys_ThatCameAndWent_LeaveNothingBehind()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<Step>("steps", (_, _, _) => default).OrderBy(step => step.Number));
        await PublishAsync(0, 10_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        await PublishAsync(10_000, 200_000);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1_000_000);

        async Task PublishAsync(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                await bus.PublishAsync(new Step("", i));
            }

            await bus.IdleAsync();
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        int seen = Volatile.Read(ref most);
        while (now > seen)
        {
            int found = Interlocked.CompareExchange(ref most, now, seen);
            seen = found == seen ? now : found;
        }
    }
}
