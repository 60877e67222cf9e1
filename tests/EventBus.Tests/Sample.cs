using System.Collections.Frozen;
using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.Tests;

/// <summary>Data where only what the test names matters.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static EventMetadata Metadata(
        Guid? eventId = null, string typeName = "orders.placed", string correlationId = "c-1", DateTimeOffset? occurredAt = null) =>
        new(eventId ?? Guid.NewGuid(), occurredAt ?? Noon, typeName, correlationId, null, 0, FrozenDictionary<string, string>.Empty);

    public static Envelope Envelope() => EventBus.Delivering.Envelope.Of(Metadata(), new object());

    public static DeadLetter Letter(
        string subscription = "inventory",
        DeadLetterReason reason = DeadLetterReason.RetriesExhausted,
        EventMetadata? metadata = null,
        DateTimeOffset? at = null) => new()
        {
            Id = Guid.NewGuid(),
            Event = new object(),
            Metadata = metadata ?? Metadata(),
            Subscription = subscription,
            Reason = reason,
            Attempts = 3,
            Failures = [],
            DeadLetteredAt = at ?? Noon,
        };

    public static Telemetry Telemetry() =>
        new(NullLogger.Instance, TimeProvider.System, null, [], TraceParenting.Child, static () => []);
}
