using EventBus.DeadLettering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;

namespace EventBus.Tests.DeadLettering;

public sealed class DeadLetterOfficeTests
{
    private sealed class Sink : IDeadLetterSink
    {
        public List<DeadLetter> Taken { get; } = [];

        public bool Fails { get; set; }

        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
        {
            Assert.False(cancellationToken.CanBeCanceled);
            if (Fails)
            {
                throw new IOException("The disk is full.");
            }

            Taken.Add(letter);
            return default;
        }
    }

    private sealed class Store : IDeadLetterStore
    {
        private readonly InMemoryDeadLetterStore _inner = new(100, () => { });

        public bool Fails { get; set; }

        public int Count => _inner.Count;

        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            Fails ? ValueTask.FromException(new IOException("The disk is full.")) : _inner.WriteAsync(letter, cancellationToken);

        public IAsyncEnumerable<DeadLetter> QueryAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
            _inner.QueryAsync(query, cancellationToken);

        public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) => _inner.FindAsync(id, cancellationToken);

        public ValueTask<DeadLetter?> TryRemoveAsync(Guid id, CancellationToken cancellationToken) =>
            _inner.TryRemoveAsync(id, cancellationToken);
    }

    [Fact]
    public async Task Write_WithSink_GivesItTheLetterAndKeepsNone()
    {
        await using TestStand stand = Build(bus => bus.UseDeadLetterSink<Sink>());

        await FailAsync(stand, "a");

        DeadLetter letter = Assert.Single(stand.Services.GetRequiredService<Sink>().Taken);
        Assert.Equal("a", letter.Event);
        Assert.Empty(await stand.LettersAsync());
        Assert.Equal(EventBus.Diagnostics.EventBusHealthStatus.Healthy, stand.Monitor.CheckHealth().Status);
    }

    [Fact]
    public async Task Write_SinkThatFails_KeepsTheLetterInMemoryWithACriticalMessage()
    {
        await using TestStand stand = Build(bus => bus.UseDeadLetterSink<Sink>());
        stand.Services.GetRequiredService<Sink>().Fails = true;

        await FailAsync(stand, "a");

        DeadLetter letter = await stand.LetterAsync();
        Assert.Equal("a", letter.Event);
        var record = Assert.Single(stand.LogsOf(3001));
        Assert.Equal(LogLevel.Critical, record.Level);
        Assert.IsType<IOException>(record.Exception);
        Assert.Contains(letter.Id.ToString(), record.Message, StringComparison.Ordinal);
        Assert.Contains("Sink", record.Message, StringComparison.Ordinal);
        Assert.True(stand.Monitor.GetStatistics().Total.IsConserved);
    }

    [Fact]
    public async Task Write_StoreThatFailsForATime_ListsItsLettersAndTheKeptOnes()
    {
        await using TestStand stand = Build(bus => bus.UseDeadLetterStore<Store>());
        Store store = stand.Services.GetRequiredService<Store>();

        await FailAsync(stand, "stored");
        store.Fails = true;
        await FailAsync(stand, "kept");

        List<DeadLetter> letters = await stand.LettersAsync();
        Assert.Equal(["stored", "kept"], letters.Select(letter => letter.Event));
        Assert.Equal(1, store.Count);
        Assert.All(letters, letter => Assert.NotNull(letter));
        Assert.NotNull(await stand.DeadLetters.FindAsync(letters[0].Id, TestStand.Cancellation));
        Assert.NotNull(await stand.DeadLetters.FindAsync(letters[1].Id, TestStand.Cancellation));
        Assert.Contains("2 dead letters", Assert.Single(stand.Monitor.CheckHealth().Findings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Query_LimitOverStoreAndMemory_CountsBoth(int limit)
    {
        await using TestStand stand = Build(bus => bus.UseDeadLetterStore<Store>());
        await FailAsync(stand, "stored");
        stand.Services.GetRequiredService<Store>().Fails = true;
        await FailAsync(stand, "kept");
        await FailAsync(stand, "kept too");

        List<DeadLetter> letters = await stand.LettersAsync(new DeadLetterQuery { Limit = limit });

        Assert.Equal(limit, letters.Count);
    }

    [Fact]
    public async Task Discard_LettersOfStoreAndMemory_RemovesBoth()
    {
        await using TestStand stand = Build(bus => bus.UseDeadLetterStore<Store>());
        await FailAsync(stand, "stored");
        stand.Services.GetRequiredService<Store>().Fails = true;
        await FailAsync(stand, "kept");

        int discarded = await stand.DeadLetters.DiscardAsync(new DeadLetterQuery(), TestStand.Cancellation);

        Assert.Equal(2, discarded);
        Assert.Empty(await stand.LettersAsync());
    }

    [Fact]
    public async Task UseDeadLetterSink_Twice_TheLastCounts()
    {
        await using TestStand stand = Build(bus => bus.UseDeadLetterSink<Sink>().UseDeadLetterStore<Store>());

        await FailAsync(stand, "a");

        Assert.Empty(stand.Services.GetRequiredService<Sink>().Taken);
        Assert.Equal(1, stand.Services.GetRequiredService<Store>().Count);
    }

    [Fact]
    public async Task Write_BeyondCapacity_CountsAndWarnsOfEachEviction()
    {
        await using TestStand stand = Build(bus => bus.Configure(options => options.DeadLetterCapacity = 2));
        using MetricCollector<long> evicted = stand.Collect<long>("eventbus.deadletter.evicted");

        for (int i = 0; i < 5; i++)
        {
            await FailAsync(stand, $"{i}");
        }

        Assert.Equal(["3", "4"], (await stand.LettersAsync()).Select(letter => letter.Event));
        Assert.Equal(3, evicted.GetMeasurementSnapshot().EvaluateAsCounter());
        Assert.Equal(3, stand.LogsOf(3003).Count);
        Assert.Contains("2 letters", stand.LogsOf(3003)[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Letter_OfADelivery_SaysWhatHappened()
    {
        await using TestStand stand = Build(_ => { });
        DateTimeOffset publishedAt = stand.Clock.GetUtcNow();
        stand.Clock.Advance(TimeSpan.FromSeconds(5));

        await stand.Bus.PublishAsync(
            "bad", new PublishOptions { CorrelationId = "c", OccurredAt = publishedAt }, TestStand.Cancellation);
        await stand.IdleAsync();

        DeadLetter letter = await stand.LetterAsync();
        Assert.Equal(7, letter.Id.Version);
        Assert.Equal(("bad", "s", DeadLetterReason.RetriesExhausted, 1, 0), (letter.Event, letter.Subscription, letter.Reason, letter.Attempts, letter.Redrives));
        Assert.Equal(("System.String", "c", publishedAt), (letter.Metadata.TypeName, letter.Metadata.CorrelationId, letter.Metadata.OccurredAt));
        Assert.Equal(stand.Clock.GetUtcNow(), letter.DeadLetteredAt);
        DeliveryFailure failure = Assert.Single(letter.Failures);
        Assert.Equal(
            (1, stand.Clock.GetUtcNow(), "System.InvalidOperationException", "bad is bad"),
            (failure.Attempt, failure.FailedAt, failure.ExceptionType, failure.Message));
        Assert.Contains("   at ", failure.Details, StringComparison.Ordinal);
    }

    private static TestStand Build(Action<EventBusBuilder> configure) => TestStand.Build(
        bus =>
        {
            bus.Subscribe<string>("s", (text, _, _) => throw new InvalidOperationException($"{text} is bad"))
                .Retry(retry => retry.MaxRetryAttempts = 0);
            configure(bus);
        },
        logs: true);

    private static async Task FailAsync(TestStand stand, string @event)
    {
        await stand.PublishAsync(@event);
        await stand.IdleAsync();
        stand.Clock.Advance(TimeSpan.FromSeconds(1));
    }
}
