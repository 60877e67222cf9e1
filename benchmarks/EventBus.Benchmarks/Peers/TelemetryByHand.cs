using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventBus.Benchmarks.Handling;

namespace EventBus.Benchmarks.Peers;

/// <summary>The least that a program could report itself: a span and a counted event for the publish and for the handler.</summary>
internal sealed class TelemetryByHand(Handler handler) : IAsyncDisposable
{
    public const string Name = "ByHand";

    private static readonly KeyValuePair<string, object?> Destination = new("messaging.destination.name", "Measured");

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter = new(Name);

    public Door Publish => new(_source, _meter.CreateCounter<long>("published"), _meter.CreateHistogram<double>("handled"), handler);

    public ValueTask DisposeAsync()
    {
        _source.Dispose();
        _meter.Dispose();
        return default;
    }

    public readonly struct Door(ActivitySource source, Counter<long> published, Histogram<double> handled, Handler handler) : IDoor
    {
        public ValueTask PublishAsync(Measured @event)
        {
            using Activity? publishing = Start("publish Measured", ActivityKind.Producer);
            published.Add(1, Destination);
            return HandleAsync(@event);
        }

        // Completes at once, as the handler does.
        private ValueTask HandleAsync(Measured @event)
        {
            using Activity? handling = Start("process Measured", ActivityKind.Consumer);
            if (!handled.Enabled)
            {
                return handler.HandleAsync(@event, CancellationToken.None);
            }

            long start = Stopwatch.GetTimestamp();
            ValueTask result = handler.HandleAsync(@event, CancellationToken.None);
            handled.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Destination);
            return result;
        }

        private Activity? Start(string name, ActivityKind kind) =>
            source.StartActivity(name, kind)?.SetTag(Destination.Key, Destination.Value);
    }
}
