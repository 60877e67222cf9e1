namespace EventBus.Tests;

public sealed class BatchContextTests
{
    private static readonly EventMetadata Metadata = new(
        Guid.NewGuid(), DateTimeOffset.UnixEpoch, "orders.placed", "c", null, 0, new Dictionary<string, string>());

    [Fact]
    public void Context_MadeForATest_AnswersAndKeepsWhatWasReported()
    {
        BatchContext context = new([Metadata, Metadata], "accounting.book-orders");
        InvalidOperationException failure = new();

        context.Fail(1, failure);

        Assert.Equal((2, "accounting.book-orders", null), (context.Count, context.SubscriptionName, context.Deadline));
        Assert.Equal((Metadata, 1), (context.MetadataOf(0), context.AttemptOf(1)));
        Assert.Equal((null, failure), (context.FailureOf(0), context.FailureOf(1)));
    }

    [Fact]
    public void Fail_FromManyThreads_KeepsEach()
    {
        BatchContext context = new([.. Enumerable.Repeat(Metadata, 1_000)], "s");

        Parallel.For(0, 1_000, i => context.Fail(i, new InvalidOperationException($"{i}")));

        Assert.All(Enumerable.Range(0, 1_000), i => Assert.Equal($"{i}", context.FailureOf(i)!.Message));
    }

    [Fact]
    public void Context_MadeOfNothing_IsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => new BatchContext(null!, "s"));
        Assert.Throws<ArgumentNullException>(() => new BatchContext([], null!));
    }
}
