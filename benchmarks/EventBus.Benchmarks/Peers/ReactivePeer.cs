using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using EventBus.Benchmarks.Queueing;

namespace EventBus.Benchmarks.Peers;

/// <summary>A subject of System.Reactive whose one observer is called on a scheduler.</summary>
internal sealed class ReactivePeer : IAsyncDisposable
{
    private readonly Subject<Measured> _subject = new();
    private readonly IScheduler _scheduler;
    private readonly IDisposable _subscription;

    public ReactivePeer(Countdown countdown, IScheduler scheduler)
    {
        _scheduler = scheduler;
        _subscription = _subject.ObserveOn(scheduler).Subscribe(countdown.Signal);
    }

    /// <summary>For one producer, or for several, whose calls must be put in order.</summary>
    public OnNextDoor OnNext(int producers) => new(producers == 1 ? _subject : Subject.Synchronize(_subject));

    public ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        (_scheduler as IDisposable)?.Dispose();
        _subject.Dispose();
        return default;
    }

    public readonly struct OnNextDoor(IObserver<Measured> observer) : IDoor
    {
        public ValueTask PublishAsync(Measured @event)
        {
            observer.OnNext(@event);
            return default;
        }
    }
}
