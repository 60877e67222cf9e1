using EventBus.Delivering;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Delivering;

public sealed class EnvelopeTests
{
    private readonly FakeTimeProvider _clock = new(Sample.Noon);
    private readonly object _event = new();

    [Fact]
    public void Metadata_WithoutOptions_HasAVersion7IdOfTheMomentOfPublishing()
    {
        Envelope envelope = Fill();
        _clock.Advance(TimeSpan.FromHours(1));

        EventMetadata metadata = envelope.Metadata;

        Assert.Equal(7, metadata.EventId.Version);
        Assert.Equal(Sample.Noon.ToUnixTimeMilliseconds(), Convert.ToInt64(metadata.EventId.ToString("N")[..12], 16));
        Assert.Equal(Sample.Noon, metadata.OccurredAt);
        Assert.Equal("orders.placed", metadata.TypeName);
        Assert.Equal(metadata.EventId.ToString(), metadata.CorrelationId);
        Assert.Null(metadata.CausationId);
        Assert.Equal(0, metadata.HopCount);
        Assert.Empty(metadata.Headers);
    }

    [Fact]
    public void Metadata_AskedTwice_IsTheSame()
    {
        Envelope envelope = Fill();

        Assert.Same(envelope.Metadata, envelope.Metadata);
    }

    [Fact]
    public void Metadata_OfTwoEvents_HasTwoIds() => Assert.NotEqual(Fill().Metadata.EventId, Fill().Metadata.EventId);

    [Fact]
    public async Task Metadata_AskedFromManyThreads_IsOneId()
    {
        for (int round = 0; round < 200; round++)
        {
            Envelope envelope = Fill();
            using Barrier barrier = new(4);
            EventMetadata[] seen = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    return envelope.Metadata;
                },
                TestStand.Cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            Assert.All(seen, metadata => Assert.Same(seen[0], metadata));
        }
    }

    [Fact]
    public void Metadata_WithOptions_IsWhatThePublisherChose()
    {
        var id = Guid.NewGuid();
        PublishOptions options = new()
        {
            EventId = id,
            OccurredAt = new DateTimeOffset(2025, 6, 1, 14, 0, 0, TimeSpan.FromHours(2)),
            CorrelationId = "order-7",
            Headers = new Dictionary<string, string> { ["tenant"] = "a" },
        };

        EventMetadata metadata = Fill(options: options).Metadata;

        Assert.Equal(id, metadata.EventId);
        Assert.Equal(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero), metadata.OccurredAt);
        Assert.Equal(TimeSpan.Zero, metadata.OccurredAt.Offset);
        Assert.Equal("order-7", metadata.CorrelationId);
        Assert.Equal("a", metadata.Headers["tenant"]);
    }

    [Fact]
    public void Metadata_OptionsAndHeadersChangedAfterwards_StaysAsItWas()
    {
        Dictionary<string, string> headers = new() { ["tenant"] = "a" };
        PublishOptions options = new() { CorrelationId = "before", Headers = headers };
        Envelope envelope = Fill(options: options);

        options.CorrelationId = "after";
        headers["tenant"] = "b";

        Assert.Equal("before", envelope.Metadata.CorrelationId);
        Assert.Equal("a", envelope.Metadata.Headers["tenant"]);
    }

    [Fact]
    public void Metadata_WithACause_InheritsTheConversation()
    {
        EventMetadata cause = Sample.Metadata(correlationId: "conversation") with
        {
            HopCount = 4,
            CausationId = Guid.NewGuid(),
            Headers = new Dictionary<string, string> { ["tenant"] = "a" },
        };

        Envelope envelope = Fill(cause);

        Assert.Equal("conversation", envelope.Metadata.CorrelationId);
        Assert.Equal(cause.EventId, envelope.Metadata.CausationId);
        Assert.Equal(5, envelope.Metadata.HopCount);
        Assert.Empty(envelope.Metadata.Headers);
    }

    [Fact]
    public void Metadata_WithACauseAndAChosenCorrelation_IsTheChosen()
    {
        EventMetadata cause = Sample.Metadata(correlationId: "conversation");

        EventMetadata metadata = Fill(cause, new PublishOptions { CorrelationId = "mine" }).Metadata;

        Assert.Equal("mine", metadata.CorrelationId);
        Assert.Equal(cause.EventId, metadata.CausationId);
    }

    [Fact]
    public void HopCount_BeforeAndAfterMetadataWasMade_IsTheSame()
    {
        Envelope envelope = Fill(Sample.Metadata() with { HopCount = 2 });

        Assert.Equal(3, envelope.HopCount);
        _ = envelope.Metadata;
        Assert.Equal(3, envelope.HopCount);
    }

    [Fact]
    public void Fill_Again_ForgetsTheFirstEvent()
    {
        Envelope envelope = Fill(Sample.Metadata() with { HopCount = 2 }, new PublishOptions { CorrelationId = "first" });
        Guid first = envelope.Metadata.EventId;

        envelope.Fill("second", "orders.shipped", _clock, null, null, stampNow: true);

        Assert.Equal("second", envelope.Event);
        Assert.Equal("orders.shipped", envelope.Metadata.TypeName);
        Assert.NotEqual(first, envelope.Metadata.EventId);
        Assert.NotEqual("first", envelope.Metadata.CorrelationId);
        Assert.Equal(0, envelope.HopCount);
    }

    [Fact]
    public void Settle_OfAnEnvelopeThatWasNotStamped_KeepsEventAndTime()
    {
        Envelope envelope = new();
        envelope.Fill(null, "orders.placed", _clock, null, null, stampNow: false);

        envelope.Settle(_event);
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Same(_event, envelope.Event);
        Assert.Equal(Sample.Noon, envelope.OccurredAt);
        Assert.Equal(Sample.Noon, envelope.Metadata.OccurredAt);
    }

    [Fact]
    public void OccurredAt_ChosenByThePublisher_IsTheChosen()
    {
        Envelope envelope = Fill(options: new PublishOptions { OccurredAt = Sample.Noon.AddDays(-3) });

        Assert.Equal(Sample.Noon.AddDays(-3), envelope.OccurredAt);
    }

    private Envelope Fill(EventMetadata? cause = null, PublishOptions? options = null)
    {
        Envelope envelope = new();
        envelope.Fill(_event, "orders.placed", _clock, cause, options, stampNow: true);
        return envelope;
    }
}
