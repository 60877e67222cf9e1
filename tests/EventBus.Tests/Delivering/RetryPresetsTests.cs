using EventBus.DeadLettering;
using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class RetryPresetsTests
{
    [Theory]
    [InlineData(RetryPreset.None, new[] { 0 })]
    [InlineData(RetryPreset.LambdaAsync, new[] { 0, 60, 180 })]
    [InlineData(RetryPreset.StepFunctions, new[] { 0, 1, 3, 7 })]
    public async Task Preset_OfASubscriptionThatAlwaysFails_RunsAtTheDocumentedSeconds(RetryPreset preset, int[] seconds)
    {
        (List<TimeSpan> attempts, DeadLetter letter) = await RunAsync(builder => builder.Retry(preset));

        Assert.Equal(seconds.Select(second => TimeSpan.FromSeconds(second)), attempts);
        Assert.Equal(DeadLetterReason.RetriesExhausted, letter.Reason);
        Assert.Equal(seconds.Length, letter.Attempts);
    }

    [Theory]
    [InlineData(RetryPreset.LambdaAsync, new[] { 0, 60, 180 })]
    [InlineData(RetryPreset.StepFunctions, new[] { 0, 1, 3, 7 })]
    public async Task Preset_OfAnInlineSubscription_RunsAtTheSameSeconds(RetryPreset preset, int[] seconds)
    {
        List<TimeSpan> attempts = [];
        await using var stand = TestStand.Build(_ => { });
        DateTimeOffset start = stand.Clock.GetUtcNow();
        await using IEventSubscription subscription = stand.Bus.Subscribe<object>(
            "inline",
            (_, _, _) =>
            {
                attempts.Add(stand.Clock.GetUtcNow() - start);
                throw new InvalidOperationException();
            },
            builder => builder.Inline().Retry(preset));

        ValueTask publishing = stand.PublishAsync(new object());
        while (stand.Monitor.GetStatistics().NextRetryAt is { } next)
        {
            Assert.False(publishing.IsCompleted);
            stand.Clock.Advance(next - stand.Clock.GetUtcNow());
            await stand.IdleAsync();
        }

        await publishing;
        Assert.Equal(seconds.Select(second => TimeSpan.FromSeconds(second)), attempts);
    }

    [Fact]
    public async Task Default_OfAQueuedSubscription_RetriesTwiceAfterAboutOneAndTwoSeconds()
    {
        (List<TimeSpan> attempts, DeadLetter letter) = await RunAsync(_ => { });

        // Polly's decorrelated jitter spreads a wait of w over up to about 2 w.
        Assert.Equal(3, attempts.Count);
        Assert.InRange(attempts[1], TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
        Assert.InRange(attempts[2] - attempts[1], TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(DeadLetterReason.RetriesExhausted, letter.Reason);
    }

    [Fact]
    public async Task EventBridge_OfASubscriptionThatAlwaysFails_EndsAfter185RetriesOr24Hours()
    {
        (List<TimeSpan> attempts, DeadLetter letter) = await RunAsync(builder => builder.Retry(RetryPreset.EventBridge));

        Assert.InRange(attempts.Count, 100, 186);
        Assert.True(
            (letter.Reason == DeadLetterReason.RetriesExhausted && letter.Attempts == 186)
            || letter.Reason == DeadLetterReason.Expired,
            $"{letter.Reason} after {letter.Attempts} attempts");
        Assert.All(attempts, attempt => Assert.True(attempt < TimeSpan.FromHours(24)));
        Assert.All(attempts.Zip(attempts.Skip(1)), pair => Assert.True(pair.Second - pair.First <= TimeSpan.FromMinutes(8)));
        Assert.True(attempts[^1] > TimeSpan.FromHours(12), $"The last attempt came after {attempts[^1]}.");
    }

    [Fact]
    public async Task EventBridge_EventOlderThan24Hours_IsNotAttempted()
    {
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<object>("s", (_, _, _) => default).Retry(RetryPreset.EventBridge));

        await stand.Bus.PublishAsync(
            new object(),
            new PublishOptions { OccurredAt = stand.Clock.GetUtcNow() - TimeSpan.FromHours(24) },
            TestStand.Cancellation);
        await stand.IdleAsync();

        DeadLetter letter = await stand.LetterAsync();
        Assert.Equal((DeadLetterReason.Expired, 0), (letter.Reason, letter.Attempts));
    }

    [Theory]
    [InlineData(RetryPreset.None, null)]
    [InlineData(RetryPreset.Default, null)]
    [InlineData(RetryPreset.LambdaAsync, 6)]
    [InlineData(RetryPreset.EventBridge, 24)]
    [InlineData(RetryPreset.StepFunctions, null)]
    public void MaxAge_OfEachPreset_IsTheDocumentedOne(RetryPreset preset, int? hours) =>
        Assert.Equal(hours, RetryPresets.MaxAge(preset)?.TotalHours);

    [Fact]
    public void Options_UndefinedPreset_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPresets.Options((RetryPreset)99));

    [Fact]
    public void Options_TakenTwice_AreNotShared() =>
        Assert.NotSame(RetryPresets.Options(RetryPreset.Default), RetryPresets.Options(RetryPreset.Default));

    [Theory]
    [InlineData(RetryBackoff.Constant, new[] { 0, 10, 20, 30, 40 })]
    [InlineData(RetryBackoff.Linear, new[] { 0, 10, 30, 60, 95 })]
    [InlineData(RetryBackoff.Exponential, new[] { 0, 10, 30, 65, 100 })]
    public async Task Backoff_WithMaxDelay_GrowsAsItSaysUpToIt(RetryBackoff backoff, int[] seconds)
    {
        (List<TimeSpan> attempts, _) = await RunAsync(builder => builder.Retry(retry =>
        {
            retry.MaxRetryAttempts = 4;
            retry.Delay = TimeSpan.FromSeconds(10);
            retry.MaxDelay = TimeSpan.FromSeconds(35);
            retry.Backoff = backoff;
            retry.UseJitter = false;
        }));

        Assert.Equal(seconds.Select(second => TimeSpan.FromSeconds(second)), attempts);
    }

    private static async Task<(List<TimeSpan> Attempts, DeadLetter Letter)> RunAsync(Action<SubscriptionBuilder<object>> configure)
    {
        List<TimeSpan> attempts = [];
        await using var stand = TestStand.Build(_ => { });
        DateTimeOffset start = stand.Clock.GetUtcNow();
        await using IEventSubscription subscription = stand.Bus.Subscribe<object>(
            "s",
            (_, _, _) =>
            {
                attempts.Add(stand.Clock.GetUtcNow() - start);
                throw new InvalidOperationException();
            },
            configure);

        await stand.PublishAsync(new object());
        await stand.IdleAsync();
        while (stand.Monitor.GetStatistics().NextRetryAt is { } next)
        {
            await stand.AdvanceAsync(next - stand.Clock.GetUtcNow());
        }

        return (attempts, await stand.LetterAsync());
    }
}
