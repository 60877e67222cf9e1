using EventBus.Delivering;
using EventBus.Tests.Simulation;

namespace EventBus.Tests.Delivering;

public sealed class AttemptWatchTests : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AbandonAfter = TimeSpan.FromSeconds(2);

    private readonly ImmediateScheduler _scheduler = new();
    private readonly CountingClock _clock = new();
    private readonly AttemptWatch _watch;

    public AttemptWatchTests() => _watch = new AttemptWatch(_clock, TimeLimit, AbandonAfter);

    public void Dispose()
    {
        _watch.Dispose();
        _scheduler.Dispose();
    }

    [Fact]
    public void Add_TimeIsUp_FiresTheTokenAndThenGivesUp()
    {
        Attempt attempt = Added();

        _clock.Advance(TimeLimit - TimeSpan.FromMilliseconds(1));
        Assert.False(attempt.Token.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(attempt.Token.IsCancellationRequested);
        Assert.True(attempt.IsTimedOut);
        Assert.False(attempt.IsStopped);

        _clock.Advance(AbandonAfter - TimeSpan.FromMilliseconds(1));
        Assert.False(attempt.IsAbandoned);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(attempt.IsAbandoned);
        Assert.Equal(0, _clock.Set);
    }

    [Fact]
    public void Add_Several_FireInOrderOfAdding()
    {
        List<int> fired = [];
        for (int i = 0; i < 5; i++)
        {
            int number = i;
            Added().Token.Register(() => fired.Add(number));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([0], fired);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([0, 1, 2], fired);
        _clock.Advance(TimeLimit);

        Assert.Equal([0, 1, 2, 3, 4], fired);
    }

    [Fact]
    public void Add_Twice_KeepsTheFirstDeadline()
    {
        Attempt attempt = Added();
        _clock.Advance(TimeSpan.FromSeconds(5));

        _watch.Add(attempt);
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.True(attempt.IsTimedOut);
    }

    [Fact]
    public void Remove_BeforeItsTime_NothingFires()
    {
        Attempt attempt = Added();

        _watch.Remove(attempt);
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.False(attempt.Token.IsCancellationRequested);
        Assert.Equal(WatchPhase.Unwatched, attempt.Phase);
    }

    [Fact]
    public void Remove_AfterTheTokenFired_IsNotGivenUp()
    {
        Attempt attempt = Added();
        _clock.Advance(TimeLimit);

        _watch.Remove(attempt);
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.False(attempt.IsAbandoned);
    }

    [Fact]
    public void Remove_OneThatIsNotWatched_ChangesNothing()
    {
        Attempt attempt = Added();

        _watch.Remove(new Attempt(Sample.Envelope(), "s", 1, _watch));
        _watch.Remove(attempt);
        _watch.Remove(attempt);

        Assert.Equal(0, _clock.Set);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Remove_FirstMiddleOrLast_LeavesTheOthers(int removed)
    {
        Attempt[] attempts = [Added(), Added(), Added()];

        _watch.Remove(attempts[removed]);
        _clock.Advance(TimeLimit);

        for (int i = 0; i < attempts.Length; i++)
        {
            Assert.Equal(i != removed, attempts[i].IsTimedOut);
        }
    }

    [Fact]
    public void Remove_First_TheNextFiresInItsOwnTime()
    {
        Attempt first = Added();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Attempt second = Added();

        _watch.Remove(first);
        _clock.Advance(TimeLimit - TimeSpan.FromMilliseconds(1));
        Assert.False(second.Token.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(second.IsTimedOut);
    }

    [Fact]
    public void Timer_WhileNothingIsWatched_DoesNotRun()
    {
        Assert.Equal((0, 0), (_clock.Created, _clock.Set));
        Attempt first = Added();
        Attempt second = Added();
        Assert.Equal((1, 1), (_clock.Created, _clock.Set));

        _watch.Remove(second);
        Assert.Equal(1, _clock.Set);
        _watch.Remove(first);

        Assert.Equal(0, _clock.Set);
    }

    [Fact]
    public void Stop_FiresAllTokensAndGivesUpLater()
    {
        Attempt[] attempts = [Added(), Added()];

        _watch.Stop();

        Assert.All(attempts, attempt =>
        {
            Assert.True(attempt.Token.IsCancellationRequested);
            Assert.True(attempt.IsStopped);
            Assert.False(attempt.IsTimedOut);
            Assert.False(attempt.IsAbandoned);
        });
        _clock.Advance(AbandonAfter);
        Assert.All(attempts, attempt => Assert.True(attempt.IsAbandoned));
    }

    [Fact]
    public void Add_AfterStop_FiresAtOnce()
    {
        _watch.Stop();

        Attempt attempt = Added();

        Assert.True(attempt.Token.IsCancellationRequested);
        Assert.True(attempt.IsStopped);
    }

    [Fact]
    public void Stop_AfterTheTimeout_KeepsTheTimeoutAndItsAbandonment()
    {
        Attempt attempt = Added();
        _clock.Advance(TimeLimit);
        _clock.Advance(TimeSpan.FromSeconds(1));

        _watch.Stop();
        Assert.False(attempt.IsStopped);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(attempt.IsAbandoned);
    }

    [Fact]
    public void Deadline_Asked_StartsTheWatch()
    {
        Attempt attempt = new(Sample.Envelope(), "s", 1, _watch);
        DateTimeOffset due = _clock.GetUtcNow() + TimeLimit;

        Assert.Equal(due, attempt.DeadlineAt(attempt.Version));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(due, attempt.DeadlineAt(attempt.Version));
        _clock.Advance(TimeSpan.FromSeconds(6));

        Assert.True(attempt.IsTimedOut);
        Assert.Equal(due, attempt.DeadlineAt(attempt.Version));
    }

    [Fact]
    public void Deadline_WithoutTimeout_IsNullAndWatchesNothing()
    {
        using AttemptWatch endless = new(_clock, Timeout.InfiniteTimeSpan, AbandonAfter);
        Attempt attempt = new(Sample.Envelope(), "s", 1, endless);

        Assert.Null(attempt.DeadlineAt(attempt.Version));
        Assert.Equal(WatchPhase.Unwatched, attempt.Phase);
    }

    [Fact]
    public void Add_WithoutTimeout_FiresOnStopAlone()
    {
        using AttemptWatch endless = new(_clock, Timeout.InfiniteTimeSpan, AbandonAfter);
        Attempt attempt = new(Sample.Envelope(), "s", 1, endless);
        endless.Add(attempt);
        Assert.Equal(0, _clock.Set);
        _clock.Advance(TimeSpan.FromDays(1_000));
        Assert.False(attempt.Token.IsCancellationRequested);

        endless.Stop();

        Assert.True(attempt.IsStopped);
        _clock.Advance(AbandonAfter);
        Assert.True(attempt.IsAbandoned);
    }

    [Fact]
    public void Add_AbandonAfterZero_GivesUpTogetherWithTheToken()
    {
        using AttemptWatch strict = new(_clock, TimeLimit, TimeSpan.Zero);
        Attempt attempt = new(Sample.Envelope(), "s", 1, strict);
        strict.Add(attempt);

        _clock.Advance(TimeLimit);

        Assert.True(attempt.IsTimedOut);
        Assert.True(attempt.IsAbandoned);
    }

    [Fact]
    public void End_OfAWatchedAttempt_RemovesItAndInvalidatesItsContexts()
    {
        Attempt attempt = Added();
        EventContext context = new(attempt);

        attempt.End();

        Assert.Equal(0, _clock.Set);
        Assert.Throws<InvalidOperationException>(() => context.Attempt);
    }

    [Fact]
    public async Task AddAndRemove_FromManyThreads_LeaveNothingBehind()
    {
        await Parallel.ForAsync(0, 20_000, TestStand.Cancellation, (_, _) =>
        {
            Added().End();
            return default;
        });

        Assert.Equal(0, _clock.Set);
        _clock.Advance(TimeSpan.FromDays(1));
    }

    private Attempt Added()
    {
        Attempt attempt = new(Sample.Envelope(), "s", 1, _watch);
        _watch.Add(attempt);
        return attempt;
    }
}
