using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventBus.Benchmarks.Peers;

/// <summary>Somebody who collects every span and every measurement of one library, and keeps none.</summary>
internal sealed class Listening : IAsyncDisposable
{
    private readonly string _library;
    private readonly ActivityListener _spans;
    private readonly MeterListener _metrics = new();
    private long _spansSeen;
    private long _measurementsSeen;

    /// <param name="library">What the names of its activity source and meter begin with.</param>
    public Listening(string library)
    {
        _library = library;
        _spans = new ActivityListener
        {
            ShouldListenTo = source => IsOfLibrary(source.Name),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ => _spansSeen++,
        };
        ActivitySource.AddActivityListener(_spans);
        _metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (IsOfLibrary(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _metrics.SetMeasurementEventCallback<int>((_, _, _, _) => _measurementsSeen++);
        _metrics.SetMeasurementEventCallback<long>((_, _, _, _) => _measurementsSeen++);
        _metrics.SetMeasurementEventCallback<double>((_, _, _, _) => _measurementsSeen++);
        _metrics.Start();
    }

    /// <summary>Stops listening.</summary>
    /// <exception cref="InvalidOperationException">There was nothing to hear: what was measured was not the work.</exception>
    public ValueTask DisposeAsync()
    {
        _spans.Dispose();
        _metrics.Dispose();
        return _spansSeen > 0 && _measurementsSeen > 0
            ? default
            : throw new InvalidOperationException($"{_library} gave {_spansSeen} spans and {_measurementsSeen} measurements.");
    }

    private bool IsOfLibrary(string name) => name.StartsWith(_library, StringComparison.Ordinal);
}
