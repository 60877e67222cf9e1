using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class AttemptTests
{
    private readonly Attempt _attempt = new(Sample.Envelope());
    private readonly Places _places = new();

    [Fact]
    public void Widen_ForSeveralHandlers_MakesAContextForEach()
    {
        _attempt.Widen(_places, 3);
        int version = _attempt.Version;

        Assert.Equal(["s0", "s1", "s2"], Enumerable.Range(0, 3).Select(i => new EventContext(_attempt, version + i).SubscriptionName));
        Assert.False(_attempt.IsValid(version + 3));
        Assert.False(_attempt.IsValid(version - 1));
    }

    [Fact]
    public void Narrow_ToOneHandler_LeavesTheContextsAsTheyWere()
    {
        _attempt.Widen(_places, 3);
        int version = _attempt.Version;

        _attempt.Narrow(1);

        Assert.Equal([true, true, true], Enumerable.Range(0, 3).Select(i => _attempt.IsValid(version + i)));
        Assert.Equal("s1", new EventContext(_attempt, version + 1).SubscriptionName);
    }

    [Fact]
    public void End_OfEachKind_EndsEveryContext()
    {
        _attempt.Widen(_places, 3);
        int wide = _attempt.Version;
        _attempt.End();
        _attempt.Widen(_places, 3);
        int narrow = _attempt.Version;
        _attempt.Narrow(2);
        _attempt.End();

        Assert.DoesNotContain(Enumerable.Range(wide, narrow + 3 - wide), version => _attempt.IsValid(version));
    }

    [Fact]
    public void TryReuse_AfterItsTokenFired_IsRefused()
    {
        Assert.True(_attempt.TryReuse());
        _attempt.Cancel();

        Assert.False(_attempt.TryReuse());
    }

    private sealed class Places : IAttemptPlaces
    {
        public string NameAt(int place) => $"s{place}";

        public AttemptWatch WatchAt(int place) => throw new NotSupportedException();
    }
}
