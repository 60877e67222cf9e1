using System.Collections.Concurrent;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Dispatching.Batches;

/// <summary>Batches on real threads.</summary>
public sealed class BatchWorkerTests
{
    private sealed record Order(int Key, int Number);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Batches_OfManyPublishersAndWorkers_KeepTheOrderOfEachKeyThroughRetries(bool bisects)
    {
        const int Each = 2_000;
        Ends ends = new();
        await using var stand = TestStand.Build(
            bus => bus.AddObserver<Ends>()
                .SubscribeBatch<Order>("s", async (orders, context, _) =>
                {
                    bool throws = false;
                    for (int i = 0; i < orders.Count; i++)
                    {
                        throws |= orders[i].Number % 53 == 0 && context.AttemptOf(i) == 1;
                        if (orders[i].Number % 11 == 0 && context.AttemptOf(i) < 3)
                        {
                            context.Fail(i, new InvalidOperationException("reported"));
                        }
                    }

                    if (orders.Count % 3 == 0)
                    {
                        await Task.Yield();
                    }

                    if (throws)
                    {
                        throw new InvalidOperationException("thrown");
                    }
                })
                .Batch(batch => (batch.Size, batch.Bisect) = (20, bisects))
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (100, 4))
                .OrderBy(order => order.Key)
                // Whoever stands in a batch that throws fails with it: it may take many.
                .Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (100, TimeSpan.Zero)),
            services => services.AddSingleton(ends));

        await TestStand.Soon(Task.WhenAll(Enumerable.Range(0, 3).Select(publisher => Task.Run(
            async () =>
            {
                for (int i = 0; i < Each; i++)
                {
                    await stand.PublishAsync(new Order((publisher * 3) + (i % 3), i));
                }
            },
            TestStand.Cancellation))));
        await stand.IdleAsync();

        DeliveryCounts counts = stand.Monitor.GetStatistics()["s"];
        Assert.Equal((3 * Each, 3 * Each, true), (counts.Accepted, counts.Succeeded, counts.IsConserved));
        Assert.All(ends.Succeeded.GroupBy(static order => order.Key), static key => Assert.Equal(key.Order(Comparer<Order>.Create(
            static (left, right) => left.Number.CompareTo(right.Number))), key));
    }

    private sealed class Ends : IDeliveryObserver
    {
        private readonly ConcurrentQueue<Order> _succeeded = new();

        public IReadOnlyList<Order> Succeeded => [.. _succeeded];

        public void Observe(in DeliveryObservation observation)
        {
            if (observation.Stage == DeliveryStage.Succeeded)
            {
                _succeeded.Enqueue((Order)observation.Event);
            }
        }
    }
}
