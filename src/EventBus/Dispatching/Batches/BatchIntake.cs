using EventBus.Delivering;
using EventBus.Dispatching.Lanes;

namespace EventBus.Dispatching.Batches;

/// <summary>Takes out of a queue what makes a batch: what is due for a retry first, then what has waited longest.</summary>
/// <remarks>Guarded by the queue's lock.</remarks>
internal sealed class BatchIntake(
    EventRing events, Queue<Delivery> retries, LaneMap? lanes, BatchWindow window, Deliverer deliverer)
{
    // Since when the first of the retries waits, and what is known of the ring.
    private long _retriesSince;
    private long _seen;

    /// <summary>Notes since when an event waits.</summary>
    public QueuedEvent Stamp(in QueuedEvent @event) => @event.PublishedAt == 0 ? @event with { PublishedAt = window.Now } : @event;

    /// <summary>Notes that a retry is about to be added.</summary>
    public void NoteRetry()
    {
        if (retries.Count == 0)
        {
            _retriesSince = window.Now;
        }
    }

    /// <summary>Waits for nothing any more: what is there makes a batch.</summary>
    public void Hurry() => window.Close();

    /// <summary>Lets go of the window's alarm, for nothing will be taken any more.</summary>
    public void Stop() => window.Look(waiting: 0, since: 0);

    /// <summary>How many batches are closed. Where none is, the queue hears when the window is over.</summary>
    public long CountClosed()
    {
        long since = retries.Count > 0 ? _retriesSince : long.MaxValue;
        if (events.TryPeek(out QueuedEvent first))
        {
            since = Math.Min(since, first.PublishedAt);
        }

        return window.Look(events.Count + (lanes?.Takeable ?? 0) + retries.Count, since);
    }

    public List<Delivery> Take()
    {
        List<Delivery> batch = [];
        while (batch.Count < window.Size && retries.TryDequeue(out Delivery? retry))
        {
            deliverer.Counters.Started();
            batch.Add(retry);
        }

        TakeEvents(batch);
        events.Clear();
        return batch;
    }

    // Of each lane one event, as long as there are lanes, and then of those that have more the next one, round by round.
    private void TakeEvents(List<Delivery> batch)
    {
        Queue<Lane> more = new();
        while (batch.Count < window.Size)
        {
            Lane? lane;
            if (events.TryTake(ref _seen, out QueuedEvent @event))
            {
                lane = @event.Lane;
                if (lane is not null && lanes!.GoesOneByOne)
                {
                    lanes.NoteTaken(lane);
                }
            }
            else if (!more.TryDequeue(out lane) || !lanes!.TryTakeMore(lane, out @event))
            {
                return;
            }

            Delivery delivery = @event.TakeOver(deliverer);
            batch.Add(delivery);
            if (lane is not null)
            {
                HoldBack(lane, delivery, more);
            }
        }
    }

    private void HoldBack(Lane lane, Delivery delivery, Queue<Lane> more)
    {
        if (lanes!.GoesOneByOne)
        {
            delivery.Lane = lane;
            if (lane.Count > 0)
            {
                more.Enqueue(lane);
            }
        }
        else if (lanes.Leave(lane, letter: null) is { HasNext: true } step)
        {
            events.Add(step.Next);
        }
    }
}
