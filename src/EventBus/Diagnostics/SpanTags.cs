using System.Collections;

namespace EventBus.Diagnostics;

/// <summary>The attributes of one span. The event's own are made when they are read, which is when the span is: most samplers do not ask.</summary>
/// <remarks>
/// Used by one flow. It is its own first enumerator: given to the span at its start, it costs one object, where setting the attributes one by
/// one would look for each among those before it, under a lock. TelemetryBenchmarks.
/// </remarks>
internal sealed class SpanTags(Labels labels, IMetadataSource? source, EventMetadata? metadata = null)
    : IEnumerable<KeyValuePair<string, object?>>, IEnumerator<KeyValuePair<string, object?>>
{
    private const int NotBegun = -2;

    private int _place = NotBegun;
    private EventMetadata? _metadata = metadata;

    public KeyValuePair<string, object?> Current => (_place - labels.OfSpan.Length) switch
    {
        < 0 => labels.OfSpan[_place],
        0 => new("messaging.message.id", IdOf(Metadata)),
        1 => new("messaging.message.conversation_id", Metadata.CorrelationId),
        _ => new("messaging.destination.subscription.name", labels.Subscription),
    };

    object IEnumerator.Current => Current;

    private EventMetadata Metadata => _metadata ??= source!.Metadata;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        SpanTags enumerator = _place == NotBegun ? this : new SpanTags(labels, source, _metadata);
        enumerator.Reset();
        return enumerator;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool MoveNext() => ++_place < labels.OfSpan.Length + (labels.Subscription is null ? 2 : 3);

    public void Reset() => _place = -1;

    public void Dispose()
    {
    }

    // Mostly the conversation begins with the event and has its id: then there is the text already.
    private static string IdOf(EventMetadata metadata)
    {
        Span<char> text = stackalloc char[36];
        metadata.EventId.TryFormat(text, out _);
        return text.SequenceEqual(metadata.CorrelationId) ? metadata.CorrelationId : new string(text);
    }
}
