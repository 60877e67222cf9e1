using EventBus.DeadLettering;

namespace EventBus.Tests.DeadLettering;

public sealed class InMemoryDeadLetterStoreTests
{
    private int _evicted;

    [Fact]
    public async Task Write_BeyondCapacity_EvictsTheOldestAndTellsOfEach()
    {
        InMemoryDeadLetterStore store = Store(3);
        DeadLetter[] letters = [.. Enumerable.Range(0, 5).Select(i => Sample.Letter(at: Sample.Noon.AddSeconds(i)))];

        await WriteAsync(store, letters);

        Assert.Equal(3, store.Count);
        Assert.Equal(letters[2..], await ListAsync(store));
        Assert.Equal(2, _evicted);
        Assert.Null(await store.FindAsync(letters[0].Id, TestStand.Cancellation));
        Assert.Null(await store.TryRemoveAsync(letters[1].Id, TestStand.Cancellation));
    }

    [Fact]
    public async Task Write_AtCapacity_EvictsNothing()
    {
        InMemoryDeadLetterStore store = Store(2);

        await WriteAsync(store, Sample.Letter(), Sample.Letter());

        Assert.Equal((2, 0), (store.Count, _evicted));
    }

    [Fact]
    public async Task Write_OlderLetterThanThoseThatAreThere_TakesItsPlaceInTime()
    {
        InMemoryDeadLetterStore store = Store(10);
        DeadLetter[] letters = [.. Enumerable.Range(0, 4).Select(i => Sample.Letter(at: Sample.Noon.AddSeconds(i)))];

        await WriteAsync(store, letters[3], letters[1], letters[0], letters[2]);

        Assert.Equal(letters, await ListAsync(store));
    }

    [Fact]
    public async Task Write_LettersOfOneTime_KeepTheirOrder()
    {
        InMemoryDeadLetterStore store = Store(10);
        DeadLetter[] letters = [Sample.Letter(), Sample.Letter(), Sample.Letter()];

        await WriteAsync(store, letters);

        Assert.Equal(letters, await ListAsync(store));
    }

    [Fact]
    public async Task Write_AfterRemoving_HasRoomAgain()
    {
        InMemoryDeadLetterStore store = Store(1);
        DeadLetter first = Sample.Letter();
        await WriteAsync(store, first);

        await store.TryRemoveAsync(first.Id, TestStand.Cancellation);
        await WriteAsync(store, Sample.Letter());

        Assert.Equal((1, 0), (store.Count, _evicted));
    }

    [Fact]
    public async Task Find_Letter_LeavesItThere()
    {
        InMemoryDeadLetterStore store = Store(2);
        DeadLetter letter = Sample.Letter();
        await WriteAsync(store, letter);

        Assert.Same(letter, await store.FindAsync(letter.Id, TestStand.Cancellation));
        Assert.Same(letter, await store.FindAsync(letter.Id, TestStand.Cancellation));
        Assert.Null(await store.FindAsync(Guid.NewGuid(), TestStand.Cancellation));
    }

    [Fact]
    public async Task TryRemove_Twice_GivesTheLetterOnce()
    {
        InMemoryDeadLetterStore store = Store(2);
        DeadLetter letter = Sample.Letter();
        await WriteAsync(store, letter);

        Assert.Same(letter, await store.TryRemoveAsync(letter.Id, TestStand.Cancellation));
        Assert.Null(await store.TryRemoveAsync(letter.Id, TestStand.Cancellation));
        Assert.Equal(0, store.Count);
        Assert.Empty(await ListAsync(store));
    }

    [Fact]
    public async Task TryRemove_FromManyThreads_HasOneWinnerForEachLetter()
    {
        InMemoryDeadLetterStore store = Store(1_000);
        DeadLetter[] letters = [.. Enumerable.Range(0, 1_000).Select(_ => Sample.Letter())];
        await WriteAsync(store, letters);
        int won = 0;

        await Parallel.ForAsync(0, 4_000, TestStand.Cancellation, async (i, cancellationToken) =>
        {
            if (await store.TryRemoveAsync(letters[i % 1_000].Id, cancellationToken) is not null)
            {
                Interlocked.Increment(ref won);
            }
        });

        Assert.Equal(1_000, won);
        Assert.Equal(0, store.Count);
    }

    [Fact]
    public async Task TryRemove_CancelledToken_LeavesTheLetter()
    {
        InMemoryDeadLetterStore store = Store(1);
        DeadLetter letter = Sample.Letter();
        await WriteAsync(store, letter);

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await store.TryRemoveAsync(letter.Id, new CancellationToken(canceled: true)));

        Assert.Equal(1, store.Count);
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData(2, 2)]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(9, 4)]
    public async Task Query_WithLimit_GivesTheOldest(int? limit, int expected)
    {
        InMemoryDeadLetterStore store = Store(10);
        DeadLetter[] letters = [.. Enumerable.Range(0, 4).Select(i => Sample.Letter(at: Sample.Noon.AddSeconds(i)))];
        await WriteAsync(store, letters);

        Assert.Equal(letters[..expected], await ListAsync(store, new DeadLetterQuery { Limit = limit }));
    }

    [Fact]
    public async Task Query_LimitAndCondition_CountsMatchesAlone()
    {
        InMemoryDeadLetterStore store = Store(10);
        DeadLetter a = Sample.Letter("a");
        await WriteAsync(store, Sample.Letter("b"), a, Sample.Letter("a"));

        Assert.Equal([a], await ListAsync(store, new DeadLetterQuery { Subscription = "a", Limit = 1 }));
    }

    [Fact]
    public async Task Query_LettersRemovedDuringTheListing_DoNotDisturbIt()
    {
        InMemoryDeadLetterStore store = Store(10);
        DeadLetter[] letters = [Sample.Letter(), Sample.Letter(), Sample.Letter()];
        await WriteAsync(store, letters);
        List<DeadLetter> seen = [];

        await foreach (DeadLetter letter in store.QueryAsync(new DeadLetterQuery(), TestStand.Cancellation))
        {
            seen.Add(letter);
            await store.TryRemoveAsync(letter.Id, TestStand.Cancellation);
        }

        Assert.Equal(letters, seen);
        Assert.Equal(0, store.Count);
    }

    [Fact]
    public async Task Query_CancelledToken_Ends()
    {
        InMemoryDeadLetterStore store = Store(1);
        await WriteAsync(store, Sample.Letter());

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await store.QueryAsync(new DeadLetterQuery(), new CancellationToken(canceled: true)).ToListAsync(TestStand.Cancellation));
    }

    [Fact]
    public async Task Write_FromManyThreads_KeepsTheBoundAndTellsOfEachEviction()
    {
        InMemoryDeadLetterStore store = Store(100);

        await Parallel.ForAsync(0, 5_000, TestStand.Cancellation, (_, token) => store.WriteAsync(Sample.Letter(), token));

        Assert.Equal(100, store.Count);
        Assert.Equal(4_900, _evicted);
        Assert.Equal(100, (await ListAsync(store)).Count);
    }

    private static async Task WriteAsync(InMemoryDeadLetterStore store, params DeadLetter[] letters)
    {
        foreach (DeadLetter letter in letters)
        {
            await store.WriteAsync(letter, TestStand.Cancellation);
        }
    }

    private static async Task<List<DeadLetter>> ListAsync(InMemoryDeadLetterStore store, DeadLetterQuery? query = null) =>
        await store.QueryAsync(query ?? new DeadLetterQuery(), TestStand.Cancellation).ToListAsync(TestStand.Cancellation);

    private InMemoryDeadLetterStore Store(int capacity) => new(capacity, () => Interlocked.Increment(ref _evicted));
}
