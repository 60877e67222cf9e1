using EventBus.Diagnostics;

namespace EventBus.Tests.Diagnostics;

public sealed class SpanTagsTests
{
    private static readonly EventMetadata Metadata =
        new(Guid.CreateVersion7(), default, "t", "c", null, 0, new Dictionary<string, string>());

    private sealed class Source : IMetadataSource
    {
        public int Asked { get; private set; }

        public EventMetadata Metadata
        {
            get
            {
                Asked++;
                return SpanTagsTests.Metadata;
            }
        }
    }

    [Fact]
    public void Tags_EnumeratedTwice_AreTheSame()
    {
        SpanTags tags = new(new Labels("process", "process", "t", "s"), new Source());

        KeyValuePair<string, object?>[] first = [.. tags];
        KeyValuePair<string, object?>[] second = [.. tags];

        Assert.Equal(first, second);
        Assert.Equal(
            [
                new("messaging.system", "eventbus"),
                new("messaging.operation.name", "process"),
                new("messaging.operation.type", "process"),
                new("messaging.destination.name", "t"),
                new("messaging.message.id", Metadata.EventId.ToString()),
                new("messaging.message.conversation_id", "c"),
                new("messaging.destination.subscription.name", "s"),
            ],
            first);
    }

    [Fact]
    public void Tags_EnumeratedOneWithinTheOther_DoNotMix()
    {
        SpanTags tags = new(new Labels("publish", "send", "t", null), new Source());

        Assert.Equal(36, (from outer in tags from inner in tags select (outer, inner)).Distinct().Count());
    }

    [Fact]
    public void Tags_OfAnEventThatBeginsItsConversation_HoldItsIdOnce()
    {
        var id = Guid.CreateVersion7();
        EventMetadata metadata = Metadata with { EventId = id, CorrelationId = id.ToString() };

        KeyValuePair<string, object?>[] tags = [.. new SpanTags(new Labels("publish", "send", "t", null), source: null, metadata)];

        Assert.Same(metadata.CorrelationId, tags[4].Value);
    }

    [Fact]
    public void Tags_NotEnumerated_DoNotAskForTheMetadata()
    {
        Source source = new();

        _ = new SpanTags(new Labels("publish", "send", "t", null), source);

        Assert.Equal(0, source.Asked);
    }
}
