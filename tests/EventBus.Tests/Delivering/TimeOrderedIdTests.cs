using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class TimeOrderedIdTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, 123, TimeSpan.Zero);

    [Fact]
    public void Create_Id_HasTheLayoutOfVersion7()
    {
        for (int i = 0; i < 1000; i++)
        {
            var id = TimeOrderedId.Create(Now.AddMilliseconds(i / 3));

            Assert.Equal((7, 2), (id.Version, id.Variant >> 2));
            Assert.Equal(Now.AddMilliseconds(i / 3).ToUnixTimeMilliseconds(), Milliseconds(id));
        }
    }

    [Fact]
    public void Create_WithinAMillisecondAndAfterIt_IsInOrder()
    {
        Guid[] ids = [.. Enumerable.Range(0, 10_000).Select(static i => TimeOrderedId.Create(Now.AddMilliseconds(i / 1000)))];

        string[] texts = [.. ids.Select(static id => id.ToString())];
        Assert.Equal(texts.Order(StringComparer.Ordinal), texts);
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Create_WhenTheClockGoesBack_GivesNoIdTwice()
    {
        Guid[] ids = [.. Enumerable.Range(0, 1000).Select(static i => TimeOrderedId.Create(Now.AddMilliseconds(i % 2)))];

        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public async Task Create_OnManyThreadsInOneMillisecond_GivesNoIdTwice()
    {
        Task<Guid[]>[] threads = [.. Enumerable.Range(0, 8).Select(static _ => Task.Factory.StartNew(
            static () => Enumerable.Range(0, 10_000).Select(static _ => TimeOrderedId.Create(Now)).ToArray(),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];

        Guid[] ids = [.. (await Task.WhenAll(threads)).SelectMany(static each => each)];

        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Create_InDifferentMilliseconds_HasOtherRandomBits()
    {
        string[] tails = [.. Enumerable.Range(0, 1000).Select(static i => TimeOrderedId.Create(Now.AddMilliseconds(i)).ToString()[24..])];

        Assert.Equal(tails.Length, tails.Distinct().Count());
    }

    [Fact]
    public void Create_Before1970_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(static () => TimeOrderedId.Create(DateTimeOffset.UnixEpoch.AddSeconds(-1)));

    private static long Milliseconds(Guid id) => Convert.ToInt64(id.ToString("N")[..12], 16);
}
