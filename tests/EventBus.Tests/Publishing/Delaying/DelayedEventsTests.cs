using EventBus.Delivering;
using EventBus.Publishing.Delaying;

namespace EventBus.Tests.Publishing.Delaying;

public sealed class DelayedEventsTests
{
    private readonly DelayedEvents _events = new();

    [Fact]
    public void Take_OfAnId_IsAllThatHaveIt()
    {
        var id = Guid.NewGuid();
        DelayedEvent[] same = [Add(id), Add(id), Add(id)];
        DelayedEvent other = Add(Guid.NewGuid());

        Assert.Equal(same, _events.Take(id));
        Assert.Empty(_events.Take(id));
        Assert.Equal([other], _events.TakeAll());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void TryRemove_OneOfSeveralWithOneId_LeavesTheOthers(int removed)
    {
        var id = Guid.NewGuid();
        DelayedEvent[] same = [Add(id), Add(id), Add(id)];

        Assert.True(_events.TryRemove(same[removed]));
        Assert.False(_events.TryRemove(same[removed]));

        Assert.Equal(same.Where((_, i) => i != removed).ToHashSet(), _events.Take(id).ToHashSet());
        Assert.Empty(_events.TakeAll());
    }

    [Fact]
    public void TryRemove_TheLastOfAnId_LeavesNothingBehind()
    {
        DelayedEvent only = Add(Guid.NewGuid());

        Assert.True(_events.TryRemove(only));

        Assert.Empty(_events.Take(only.Id));
        Assert.Empty(_events.TakeAll());
    }

    private DelayedEvent Add(Guid id)
    {
        DelayedEvent @event = new(Envelope.Of(Envelope.NoMetadata with { EventId = id }), DateTimeOffset.UnixEpoch, []);
        _events.Add(@event);
        return @event;
    }
}
