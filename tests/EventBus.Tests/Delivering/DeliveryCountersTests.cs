using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Tests.Delivering;

public sealed class DeliveryCountersTests
{
    private readonly ActiveWork _active = new();
    private readonly DeliveryCounters _counters;

    public DeliveryCountersTests() => _counters = new DeliveryCounters(_active);

    [Fact]
    public void Read_AtFirst_IsAllZero() => Assert.Equal(new DeliveryCounts(), _counters.Read());

    [Fact]
    public void Counts_OfAQueuedDeliveryWithARetry_FollowItsWay()
    {
        Queue queue = new();
        _counters.AddQueued(queue);
        queue.Accepted++;
        Assert.Equal(new DeliveryCounts { Accepted = 1, Queued = 1 }, _counters.Read());
        queue.Started++;
        Assert.Equal(new DeliveryCounts { Accepted = 1, Running = 1 }, _counters.Read());
        _counters.TakenOver();
        Assert.Equal(new DeliveryCounts { Accepted = 1, Running = 1 }, _counters.Read());
        _counters.WaitBegan();
        Assert.Equal(new DeliveryCounts { Accepted = 1, WaitingForRetry = 1, Retries = 1 }, _counters.Read());
        _counters.WaitEnded();
        _counters.QueuedAgain();
        Assert.Equal(new DeliveryCounts { Accepted = 1, Queued = 1, Retries = 1 }, _counters.Read());
        _counters.Started();
        _counters.Succeeded();

        Assert.Equal(new DeliveryCounts { Accepted = 1, Succeeded = 1, Retries = 1 }, _counters.Read());
    }

    [Fact]
    public void Counts_OfADeadLetteredDelivery_AreConserved()
    {
        _counters.AcceptedToRun();
        _counters.RetriedAtOnce();
        _counters.DeadLettered();

        Assert.Equal(new DeliveryCounts { Accepted = 1, DeadLettered = 1, Retries = 1 }, _counters.Read());
        Assert.True(_counters.Read().IsConserved);
    }

    [Fact]
    public void AcceptedAndSucceeded_IsOneStep()
    {
        _counters.AcceptedAndSucceeded();

        Assert.Equal(new DeliveryCounts { Accepted = 1, Succeeded = 1 }, _counters.Read());
        Assert.True(_active.IsNone);
    }

    [Fact]
    public void Counts_BesidesTheLaw_AreCountedEachForItself()
    {
        _counters.Filtered();
        _counters.Rejected();
        _counters.Redriven();
        _counters.Abandoned();
        _counters.LateEnd();
        _counters.Duplicate();
        _counters.Overflowed();

        Assert.Equal(
            new DeliveryCounts
            {
                Filtered = 1,
                Rejected = 1,
                Redriven = 1,
                Abandoned = 1,
                LateEnds = 1,
                Duplicates = 1,
                Overflowed = 1,
            },
            _counters.Read());
    }

    [Fact]
    public void Waiting_ForARetry_IsPendingButNotActive()
    {
        _counters.AcceptedToRun();
        Assert.False(_active.IsNone);

        _counters.WaitBegan();
        Assert.True(_active.IsNone);
        Assert.False(_counters.Pending.IsNone);
        _counters.WaitEnded();
        Assert.False(_active.IsNone);
        _counters.Succeeded();

        Assert.True(_active.IsNone);
        Assert.True(_counters.Pending.IsNone);
    }

    [Fact]
    public void IsConserved_WhereADeliveryIsMissing_IsFalse() =>
        Assert.False(new DeliveryCounts { Accepted = 2, Succeeded = 1 }.IsConserved);

    [Fact]
    public void Plus_AddsEveryCounter()
    {
        DeliveryCounts ones = new()
        {
            Accepted = 1,
            Succeeded = 1,
            DeadLettered = 1,
            Queued = 1,
            Running = 1,
            WaitingForRetry = 1,
            Filtered = 1,
            Retries = 1,
            Overflowed = 1,
            Rejected = 1,
            Redriven = 1,
            Abandoned = 1,
            LateEnds = 1,
            Duplicates = 1,
        };

        DeliveryCounts sum = ones.Plus(ones);

        Assert.All(
            typeof(DeliveryCounts).GetProperties().Where(property => property.PropertyType == typeof(long)),
            property => Assert.Equal(2 * (long)property.GetValue(ones)!, property.GetValue(sum)));
    }

    [Fact]
    public async Task Read_WhileManyThreadsCount_IsAlwaysConserved()
    {
        using CancellationTokenSource done = new();
        var reading = Task.Run(
            () =>
            {
                int reads = 0;
                while (!done.IsCancellationRequested || reads == 0)
                {
                    Assert.True(_counters.Read().IsConserved);
                    reads++;
                }
            },
            TestStand.Cancellation);

        await Parallel.ForAsync(0, 50_000, TestStand.Cancellation, (i, _) =>
        {
            _counters.AcceptedToRun();
            _counters.WaitBegan();
            _counters.WaitEnded();
            _counters.QueuedAgain();
            _counters.Started();
            if (i % 2 == 0)
            {
                _counters.Succeeded();
            }
            else
            {
                _counters.DeadLettered();
            }

            return default;
        });
        await done.CancelAsync();
        await reading;

        Assert.Equal(
            new DeliveryCounts { Accepted = 50_000, Succeeded = 25_000, DeadLettered = 25_000, Retries = 50_000 }, _counters.Read());
        Assert.True(_active.IsNone);
    }

    [Fact]
    public void Queue_ThatCountsByPositions_IsPartOfTheLaw()
    {
        _counters.AddQueued(new Queue { Accepted = 7, Started = 5, Succeeded = 3 });

        Assert.Equal(new DeliveryCounts { Accepted = 7, Queued = 2, Running = 2, Succeeded = 3 }, _counters.Read());
        Assert.True(_counters.Read().IsConserved);
    }

    [Fact]
    public void Queue_Filled_IsOnePieceOfWorkUntilItIsEmptied()
    {
        _counters.QueueFilled();
        Assert.False(_active.IsNone || _counters.Pending.IsNone);

        _counters.QueueEmptied();

        Assert.True(_active.IsNone && _counters.Pending.IsNone);
    }

    private sealed class Queue : IQueuedCount
    {
        public long Accepted { get; set; }

        public long Started { get; set; }

        public long Succeeded { get; init; }

        public (long Accepted, long Started, long Succeeded) Read() => (Accepted, Started, Succeeded);
    }
}
