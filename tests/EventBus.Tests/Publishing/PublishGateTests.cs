using EventBus.Delivering;
using EventBus.Publishing;

namespace EventBus.Tests.Publishing;

public sealed class PublishGateTests
{
    private readonly PublishGate _gate = new();

    [Fact]
    public void TryEnter_OpenGate_CountsThePublishUntilItLeaves()
    {
        Assert.True(_gate.TryEnter(insideHandler: false, out ActiveWork ticket));
        Assert.False(_gate.IsEmpty);

        PublishGate.Leave(ticket);

        Assert.True(_gate.IsEmpty);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void TryEnter_ClosedGate_LetsHandlersInAlone(bool insideHandler, bool expected)
    {
        _gate.Close();

        Assert.Equal(expected, _gate.TryEnter(insideHandler, out _));
        Assert.Equal(!expected, _gate.IsEmpty);
        Assert.True(_gate.IsClosed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryEnter_SealedGate_LetsNobodyIn(bool insideHandler)
    {
        _gate.Seal();

        Assert.False(_gate.TryEnter(insideHandler, out _));
        Assert.True(_gate.IsEmpty);
        Assert.True(_gate.IsClosed);
    }

    [Fact]
    public async Task WhenEmpty_PublishUnderWay_WaitsForIt()
    {
        _gate.TryEnter(insideHandler: false, out ActiveWork ticket);
        Task empty = _gate.WhenEmptyAsync();
        Assert.False(empty.IsCompleted);

        PublishGate.Leave(ticket);

        await empty.WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation);
    }

    [Fact]
    public async Task WhenPast_PublishUnderWay_WaitsForItButNotForLaterOnes()
    {
        _gate.TryEnter(insideHandler: false, out ActiveWork before);
        Task past = _gate.WhenPastAsync();
        _gate.TryEnter(insideHandler: false, out ActiveWork after);
        Assert.False(past.IsCompleted);

        PublishGate.Leave(before);

        // The second turn waits for the half that the later publish is in, so that one may count too; it must not take more.
        PublishGate.Leave(after);
        await past.WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation);
        Assert.True(_gate.IsEmpty);
    }

    [Fact]
    public async Task WhenPast_StreamOfPublishesThatOverlap_Ends()
    {
        using CancellationTokenSource done = new();
        var stream = Task.Run(
            () =>
            {
                _gate.TryEnter(insideHandler: false, out ActiveWork last);
                while (!done.IsCancellationRequested)
                {
                    _gate.TryEnter(insideHandler: false, out ActiveWork next);
                    PublishGate.Leave(last);
                    last = next;
                }

                PublishGate.Leave(last);
            },
            TestStand.Cancellation);

        for (int i = 0; i < 100; i++)
        {
            await _gate.WhenPastAsync().WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation);
        }

        await done.CancelAsync();
        await stream;
        Assert.True(_gate.IsEmpty);
    }
}
