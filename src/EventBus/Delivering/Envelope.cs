using System.Collections.Frozen;
using System.Diagnostics;
using EventBus.Diagnostics;

namespace EventBus.Delivering;

/// <summary>One published event with its metadata, made when somebody asks. Shared by all deliveries of the publish.</summary>
/// <remarks>Reading is thread-safe. Written by the publisher alone, before the first handler sees it.</remarks>
internal sealed class Envelope : IMetadataSource
{
    /// <summary>What a default <see cref="EventContext"/> shows.</summary>
    public static readonly EventMetadata NoMetadata =
        new(Guid.Empty, default, "", "", null, 0, FrozenDictionary<string, string>.Empty);

    private TimeProvider _clock = TimeProvider.System;
    private string _typeName = "";
    private EventMetadata? _cause;
    private PublishOptions? _options;
    private long _publishedAt;
    private ActivityContext[]? _origin;
    private EventMetadata? _metadata;

    /// <summary>The event; null only while a publish that allocates nothing goes on, where the handlers get it directly.</summary>
    public object? Event { get; private set; }

    public string TypeName => _metadata?.TypeName ?? _typeName;

    public EventMetadata Metadata => _metadata ?? MakeMetadata();

    /// <summary>How many handlers stand between this event and the start of its chain.</summary>
    public int HopCount => _metadata?.HopCount ?? (_cause is null ? 0 : _cause.HopCount + 1);

    /// <summary>When the event happened: what ages are counted from.</summary>
    public DateTimeOffset OccurredAt => _metadata?.OccurredAt ?? _options?.OccurredAt ?? new DateTimeOffset(_publishedAt, TimeSpan.Zero);

    /// <summary>The publish span, for the spans of the deliveries.</summary>
    public ActivityContext Origin
    {
        get => _origin is null ? default : _origin[0];
        set => _origin = value == default ? null : [value];
    }

    public static Envelope Of(EventMetadata metadata, object? @event = null) => new() { _metadata = metadata, Event = @event };

    /// <summary>Makes this the envelope of another event.</summary>
    /// <param name="event">The event, or null where the handlers get it directly.</param>
    /// <param name="typeName">The event type's stable name.</param>
    /// <param name="clock">Read now if <paramref name="stampNow"/>, else when somebody asks.</param>
    /// <param name="cause">The metadata of the event whose handler publishes this one.</param>
    /// <param name="options">The publisher's choices.</param>
    /// <param name="stampNow">Whether handlers may run later, so that the time must be read at once.</param>
    public void Fill(
        object? @event, string typeName, TimeProvider clock, EventMetadata? cause, PublishOptions? options, bool stampNow)
    {
        Event = @event;
        _typeName = typeName;
        _clock = clock;
        _cause = cause;
        _options = options;
        _metadata = null;
        _publishedAt = stampNow ? clock.GetUtcNow().UtcTicks : 0;
        if (options is not null)
        {
            // The publisher may change its options as soon as the call returns: what they say is fixed now.
            _ = MakeMetadata();
            _options = null;
        }
    }

    /// <summary>Makes this the envelope of another event, of which no more is known than this.</summary>
    /// <param name="event">The event.</param>
    /// <param name="typeName">The event type's stable name.</param>
    /// <param name="publishedAt">UTC ticks.</param>
    public void Fill(object @event, string typeName, long publishedAt)
    {
        Event = @event;
        _typeName = typeName;
        _publishedAt = publishedAt;
        _metadata = null;
    }

    /// <summary>Says when the event was published, where the time was read anyway; a default value takes it back.</summary>
    public void Stamp(DateTimeOffset publishedAt) => _publishedAt = publishedAt.UtcTicks;

    /// <summary>The same event with the same metadata, in an envelope that nobody fills anew.</summary>
    public Envelope Copy() => Of(Metadata, Event);

    /// <summary>Makes this the envelope of another event of the same type, with no event yet.</summary>
    public void Renew()
    {
        if (_metadata is not null || Event is not null)
        {
            Event = null;
            _metadata = null;
            _publishedAt = 0;
        }
    }

    /// <summary>Keeps the event and the time for handlers that go on after the publisher's synchronous part.</summary>
    public void Settle(object @event)
    {
        Event ??= @event;
        if (_metadata is null && _publishedAt == 0)
        {
            _publishedAt = _clock.GetUtcNow().UtcTicks;
        }
    }

    private EventMetadata MakeMetadata()
    {
        DateTimeOffset now = _publishedAt == 0 ? _clock.GetUtcNow() : new DateTimeOffset(_publishedAt, TimeSpan.Zero);
        Guid id = _options?.EventId ?? TimeOrderedId.Create(now);
        IReadOnlyDictionary<string, string> headers = _options?.Headers is { Count: > 0 } given
            ? given.ToFrozenDictionary()
            : FrozenDictionary<string, string>.Empty;
        EventMetadata made = new(
            id,
            _options?.OccurredAt?.ToUniversalTime() ?? now,
            _typeName,
            _options?.CorrelationId ?? _cause?.CorrelationId ?? id.ToString(),
            _cause?.EventId,
            HopCount,
            headers);

        // Two handlers may ask at once: the first answer stands, so that both see one id.
        return Interlocked.CompareExchange(ref _metadata, made, null) ?? made;
    }
}
