using System.Diagnostics.Metrics;
using System.Reflection;
using EventBus.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.Tests.Documentation;

/// <summary>Holds docs/telemetry.md to what the bus reports.</summary>
public sealed class TelemetryDocumentationTests
{
    private const string Page = "docs/telemetry.md";

    [Fact]
    public void LogMessages_OfTheDocumentation_AreThoseOfTheSource()
    {
        string[] source =
        [
            .. typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
                .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>())
                .OfType<LoggerMessageAttribute>()
                .OrderBy(static message => message.EventId)
                .Select(static message => $"{message.EventId} {message.EventName} {message.Level} {message.Message}"),
        ];

        IEnumerable<string> documented = Documents.Rows(Page, "Id")
            .Select(static row => $"{row[0]} {row[1].Trim('`')} {row[2]} {row[3].Trim('`')}");

        Assert.Equal(source, documented);
    }

    [Fact]
    public void LogMethod_OfTheSource_IsNamedForItsEvent()
    {
        var misnamed = typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Where(static method => method.GetCustomAttribute<LoggerMessageAttribute>() is { } message
                && message.EventName != method.Name);

        Assert.Empty(misnamed);
    }

    [Fact]
    public void Metrics_OfTheDocumentation_AreThoseOfTheSource()
    {
        SortedSet<string> source = new(StringComparer.Ordinal);
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == EventBusTelemetry.MeterName)
                {
                    lock (source)
                    {
                        source.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
                    }
                }
            },
        };
        listener.Start();
        using Telemetry telemetry = new(NullLogger.Instance, TimeProvider.System, null, [], TraceParenting.Child, () => []);

        IEnumerable<string> documented = Documents.Rows(Page, "Metric")
            .Select(static row => $"{row[0].Trim('`')} {row[1]} {row[2].Trim('`')}")
            .Order(StringComparer.Ordinal);

        lock (source)
        {
            Assert.Equal(source, documented);
        }
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0];
}
