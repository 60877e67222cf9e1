using EventBus.Awaiting;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Scenarios;

/// <summary>Events as a sequence, with a bounded buffer and a word on what becomes of a slow reader.</summary>
public sealed class StreamScenarios
{
    [Fact]
    public async Task Stream_TakesWhatPassesTheFilter_InOrder_FromTheMomentItIsEnumerated()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        StreamedEvents<OrderPlaced> stream = bus.Bus.StreamAsync<OrderPlaced>(order => order.Total > 0);
        await bus.PublishAsync(new OrderPlaced("before"));

        await using (IAsyncEnumerator<OrderPlaced> reader = stream.GetAsyncEnumerator())
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            await bus.PublishAsync(new OrderPlaced("no", Total: 0));
            await bus.PublishAsync(new OrderPlaced("2"));
            Assert.Equal(["1", "2"], await TakeAsync(reader, 2));

            ValueTask<bool> next = reader.MoveNextAsync();
            Assert.False(next.IsCompleted);
            await bus.PublishAsync(new OrderPlaced("3"));
            Assert.True(await ScenarioBus.Soon(next.AsTask()));
            Assert.Equal("3", reader.Current.OrderId);
        }

        Assert.Equal(0, stream.Dropped);
        await NoSubscriptionAsync(bus);
    }

    [Fact]
    public async Task Stream_LeftByItsReader_TakesNoMore()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        List<string> read = [];
        Task reading = ReadAsync();
        async Task ReadAsync()
        {
            await foreach (OrderPlaced order in bus.Bus.StreamAsync<OrderPlaced>())
            {
                read.Add(order.OrderId);
                if (order.OrderId == "2")
                {
                    break;
                }
            }
        }

        foreach (string id in new[] { "1", "2", "3" })
        {
            await bus.PublishAsync(new OrderPlaced(id));
        }

        await ScenarioBus.Soon(reading);
        Assert.Equal(["1", "2"], read);
        await NoSubscriptionAsync(bus);
    }

    [Theory]
    [InlineData(StreamFullMode.DropOldest, "4 5", 3)]
    [InlineData(StreamFullMode.DropNewest, "1 2", 3)]
    public async Task SlowReader_WhereEventsAreDropped_FindsThemCounted(StreamFullMode mode, string kept, int dropped)
    {
        await using var bus = ScenarioBus.Start(_ => { });
        StreamedEvents<OrderPlaced> stream = bus.Bus.StreamAsync<OrderPlaced>(options: new() { Capacity = 2, FullMode = mode });
        await using IAsyncEnumerator<OrderPlaced> reader = stream.GetAsyncEnumerator();

        for (int i = 1; i <= 5; i++)
        {
            await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced($"{i}")).AsTask());
        }

        Assert.Equal(dropped, stream.Dropped);
        Assert.Equal(kept, string.Join(' ', await TakeAsync(reader, 2)));
    }

    [Fact]
    public async Task Stream_ByDefault_KeepsTheLatest1024()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        StreamedEvents<OrderPlaced> stream = bus.Bus.StreamAsync<OrderPlaced>();
        await using IAsyncEnumerator<OrderPlaced> reader = stream.GetAsyncEnumerator();

        for (int i = 1; i <= 1_025; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        Assert.Equal(1, stream.Dropped);
        Assert.Equal(["2"], await TakeAsync(reader, 1));
    }

    [Fact]
    public async Task SlowReader_WhereTheStreamIsToFail_GetsWhatIsBufferedAndThenTheReason()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        await using IAsyncEnumerator<OrderPlaced> reader = bus.Bus
            .StreamAsync<OrderPlaced>(options: new() { Capacity = 2, FullMode = StreamFullMode.Fail }).GetAsyncEnumerator();

        for (int i = 1; i <= 5; i++)
        {
            await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced($"{i}")).AsTask());
        }

        Assert.Equal(["1", "2"], await TakeAsync(reader, 2));
        StreamOverflowException thrown = await Assert.ThrowsAsync<StreamOverflowException>(() => reader.MoveNextAsync().AsTask());
        Assert.Contains("the buffer of 2 events was full", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlowReader_WherePublishersWait_MissesNothing_AndLetsThemInInTheirOrder()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        StreamedEvents<OrderPlaced> stream = bus.Bus.StreamAsync<OrderPlaced>(options: new() { Capacity = 1, FullMode = StreamFullMode.Wait });
        await using IAsyncEnumerator<OrderPlaced> reader = stream.GetAsyncEnumerator();

        await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced("1")).AsTask());
        Task second = bus.PublishAsync(new OrderPlaced("2")).AsTask();
        Task third = bus.PublishAsync(new OrderPlaced("3")).AsTask();
        Assert.False(second.IsCompleted);
        Assert.Equal(["1"], await TakeAsync(reader, 1));
        await ScenarioBus.Soon(second);
        Assert.False(third.IsCompleted);
        Assert.Equal(["2", "3"], await TakeAsync(reader, 2));
        await ScenarioBus.Soon(third);

        Assert.Equal(0, stream.Dropped);
    }

    [Fact]
    public async Task PublisherWaitingForAReader_IsLetGo_WhenTheReaderLeaves()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        IAsyncEnumerator<OrderPlaced> reader = bus.Bus
            .StreamAsync<OrderPlaced>(options: new() { Capacity = 1, FullMode = StreamFullMode.Wait }).GetAsyncEnumerator();
        await bus.PublishAsync(new OrderPlaced("1"));
        Task waiting = bus.PublishAsync(new OrderPlaced("2")).AsTask();
        Assert.False(waiting.IsCompleted);

        await reader.DisposeAsync();

        await ScenarioBus.Soon(waiting);
        Assert.False(await reader.MoveNextAsync());
        await NoSubscriptionAsync(bus);
        Assert.Equal((2, 2), (bus.Monitor.GetStatistics().Total.Accepted, bus.Monitor.GetStatistics().Total.Succeeded));
    }

    [Fact]
    public async Task PublisherWaitingForAReader_Cancelled_LeavesADeadLetterAndNotTheEvent()
    {
        using CancellationTokenSource source = new();
        await using var bus = ScenarioBus.Start(_ => { });
        await using IAsyncEnumerator<OrderPlaced> reader = bus.Bus
            .StreamAsync<OrderPlaced>(options: new() { Capacity = 1, FullMode = StreamFullMode.Wait }).GetAsyncEnumerator();
        await bus.PublishAsync(new OrderPlaced("1"));
        Task cancelled = bus.PublishAsync(new OrderPlaced("2"), source.Token).AsTask();
        Task third = bus.PublishAsync(new OrderPlaced("3")).AsTask();

        await source.CancelAsync();
        await ScenarioBus.Soon(cancelled);

        Assert.Equal(["1", "3"], await TakeAsync(reader, 2));
        await ScenarioBus.Soon(third);
        Assert.Equal(DeadLetterReason.PublishCancelled, (await bus.OnlyLetterAsync()).Reason);
    }

    [Fact]
    public async Task PublishInsideAHandler_ToAFullStream_NeverWaits()
    {
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder => builder.Subscribe<OrderCancelled>(
            "work", async (order, _, _) => await bus!.PublishAsync(new OrderPlaced(order.OrderId))).Inline());
        await using (bus)
        {
            await using IAsyncEnumerator<OrderPlaced> reader = bus.Bus
                .StreamAsync<OrderPlaced>(options: new() { Capacity = 1, FullMode = StreamFullMode.Wait }).GetAsyncEnumerator();

            for (int i = 1; i <= 3; i++)
            {
                await ScenarioBus.Soon(bus.PublishAsync(new OrderCancelled($"{i}")).AsTask());
            }

            Assert.Equal(["1", "2", "3"], await TakeAsync(reader, 3));
        }
    }

    [Fact]
    public async Task Stream_WhenTheBusStops_EndsAfterWhatIsBuffered()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        await using IAsyncEnumerator<OrderPlaced> full = bus.Bus.StreamAsync<OrderPlaced>().GetAsyncEnumerator();
        await using IAsyncEnumerator<OrderCancelled> empty = bus.Bus.StreamAsync<OrderCancelled>().GetAsyncEnumerator();
        ValueTask<bool> waiting = empty.MoveNextAsync();
        await bus.PublishAsync(new OrderPlaced("1"));

        await ScenarioBus.Soon(Service(bus).StopAsync(default));

        Assert.False(await ScenarioBus.Soon(waiting.AsTask()));
        Assert.Equal(["1"], await TakeAsync(full, 1));
        Assert.False(await full.MoveNextAsync());
        Assert.Throws<EventBusStoppedException>(() => bus.Bus.StreamAsync<OrderPlaced>().GetAsyncEnumerator());
    }

    [Fact]
    public async Task Stop_PastItsDeadline_LosesNoEventWhosePublisherWaitsForAReader()
    {
        using CancellationTokenSource deadline = new();
        await using var bus = ScenarioBus.Start(_ => { });
        await using IAsyncEnumerator<OrderPlaced> reader = bus.Bus
            .StreamAsync<OrderPlaced>(options: new() { Capacity = 1, FullMode = StreamFullMode.Wait }).GetAsyncEnumerator();
        await bus.PublishAsync(new OrderPlaced("1"));
        Task waiting = bus.PublishAsync(new OrderPlaced("2")).AsTask();

        Task stopping = Service(bus).StopAsync(deadline.Token);
        Assert.False(stopping.IsCompleted);
        await deadline.CancelAsync();
        await ScenarioBus.Soon(Task.WhenAll(stopping, waiting));

        List<string> read = [];
        while (await reader.MoveNextAsync())
        {
            read.Add(reader.Current.OrderId);
        }

        Assert.Equal(["1", "2"], read);
        Assert.Empty(await bus.LettersAsync());
    }

    [Fact]
    public async Task Stream_Cancelled_EndsByException()
    {
        using CancellationTokenSource ofStream = new();
        using CancellationTokenSource ofEnumeration = new();
        await using var bus = ScenarioBus.Start(_ => { });
        StreamedEvents<OrderPlaced> stream = bus.Bus.StreamAsync<OrderPlaced>(cancellationToken: ofStream.Token);
        await using IAsyncEnumerator<OrderPlaced> first = stream.GetAsyncEnumerator(ofEnumeration.Token);
        await using IAsyncEnumerator<OrderPlaced> second = stream.GetAsyncEnumerator(CancellationToken.None);
        Task<bool> firstMove = first.MoveNextAsync().AsTask();
        Task<bool> secondMove = second.MoveNextAsync().AsTask();

        await ofEnumeration.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ScenarioBus.Soon(firstMove));
        Assert.False(secondMove.IsCompleted);
        await ofStream.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ScenarioBus.Soon(secondMove));
    }

    [Fact]
    public async Task Stream_WithAFilterThatThrows_EndsWithItsException_AndNobodyElseNotices()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        await using IAsyncEnumerator<OrderPlaced> reader = bus.Bus.StreamAsync<OrderPlaced>(
            order => order.Total > 0 ? true : throw new FormatException("free")).GetAsyncEnumerator();

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2", Total: 0));
        await bus.PublishAsync(new OrderPlaced("3"));

        Assert.Equal(["1"], await TakeAsync(reader, 1));
        Assert.Equal("free", (await Assert.ThrowsAsync<FormatException>(() => reader.MoveNextAsync().AsTask())).Message);
        Assert.Empty(await bus.LettersAsync());
    }

    [Fact]
    public async Task Streams_OfOneType_HaveNamesThatAreUsedAgain()
    {
        const string Name = "stream<EventBus.Tests.Scenarios.OrderPlaced>";
        await using var bus = ScenarioBus.Start(_ => { });

        for (int round = 0; round < 3; round++)
        {
            IAsyncEnumerator<OrderPlaced>[] readers =
                [.. Enumerable.Range(0, 3).Select(_ => bus.Bus.StreamAsync<OrderPlaced>().GetAsyncEnumerator())];
            Assert.Equal(
                [Name, $"{Name}-2", $"{Name}-3"], bus.Monitor.GetStatistics().Subscriptions.Select(each => each.Name).Order());
            foreach (IAsyncEnumerator<OrderPlaced> reader in readers)
            {
                await reader.DisposeAsync();
            }

            await NoSubscriptionAsync(bus);
        }
    }

    [Theory]
    [InlineData(StreamFullMode.Wait)]
    [InlineData(StreamFullMode.DropOldest)]
    public async Task ReadersThatComeAndGo_WhilePublishersPublish_NeverHoldThemUp(StreamFullMode mode)
    {
        await using var bus = ScenarioBus.Start(_ => { });
        bool done = false;
        Task[] publishers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref done))
            {
                await bus.PublishAsync(new OrderPlaced("x"));
            }
        }))];

        for (int i = 0; i < 200; i++)
        {
            IAsyncEnumerator<OrderPlaced> reader = bus.Bus
                .StreamAsync<OrderPlaced>(options: new() { Capacity = 2, FullMode = mode }).GetAsyncEnumerator();
            await ScenarioBus.Soon(TakeAsync(reader, 1 + (i % 5)));
            await reader.DisposeAsync();
        }

        Volatile.Write(ref done, true);
        await ScenarioBus.Soon(Task.WhenAll(publishers));
        await NoSubscriptionAsync(bus);
    }

    [Fact]
    public async Task Stream_WithOptionsThatCannotWork_IsRefusedAtOnce()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        ArgumentOutOfRangeException capacity = Assert.Throws<ArgumentOutOfRangeException>(
            () => bus.Bus.StreamAsync<OrderPlaced>(options: new() { Capacity = 0 }));
        ArgumentOutOfRangeException mode = Assert.Throws<ArgumentOutOfRangeException>(
            () => bus.Bus.StreamAsync<OrderPlaced>(options: new() { FullMode = (StreamFullMode)9 }));

        Assert.Contains("Write 1 or more: new StreamOptions { Capacity = 1_024 }", capacity.Message, StringComparison.Ordinal);
        Assert.Contains("Write StreamFullMode.DropOldest", mode.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> TakeAsync(IAsyncEnumerator<OrderPlaced> reader, int count)
    {
        List<string> ids = [];
        while (ids.Count < count && await ScenarioBus.Soon(reader.MoveNextAsync().AsTask()))
        {
            ids.Add(reader.Current.OrderId);
        }

        return ids;
    }

    private static Task NoSubscriptionAsync(ScenarioBus bus) =>
        TestStand.UntilAsync(() => bus.Monitor.GetStatistics().Subscriptions.Count == 0);

    private static IHostedService Service(ScenarioBus bus) => Assert.Single(bus.Services.GetServices<IHostedService>());
}
