using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using WebhookRouter.Handling;
using WebhookRouter.Reading;
using WebhookRouter.Reporting;
using WebhookRouter.Webhooks;

namespace WebhookRouter;

/// <summary>One run: reads the input to its end, publishes each line, waits for the handlers, reports.</summary>
internal sealed class Router(TextWriter output, TextWriter error, Routes routes)
{
    public const int Succeeded = 0;
    public const int SumViolated = 1;
    public const int CannotRead = 2;
    public const int Interrupted = 130;

    private readonly LineTally _tally = new();
    private readonly EventNameCounts _published = new();
    private readonly EventNameCounts _audited = new();
    private readonly HandledWebhooks _handled = new();

    /// <summary>Runs once.</summary>
    /// <param name="input">The lines. Not disposed.</param>
    /// <param name="maxLineBytes">The longest line that is read.</param>
    /// <param name="cancellationToken">Ends the reading; what was published is completed within the host's usual time.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Stream input, int maxLineBytes, CancellationToken cancellationToken)
    {
        using IHost host = BuildHost();
        await host.StartAsync(CancellationToken.None);
        CancellationToken stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var interruption = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);

        int exitCode = await PublishAllAsync(
            new LineReader(input, maxLineBytes),
            host.Services.GetRequiredService<IEventPublisher<IWebhook>>(),
            interruption.Token);

        // Stopping the host drains the bus, retries included. Only somebody who interrupts is in a hurry.
        using CancellationTokenSource hurry = new();
        if (exitCode == Interrupted)
        {
            hurry.CancelAfter(TimeSpan.FromSeconds(30));
        }

        await host.StopAsync(hurry.Token);
        return await ReportAsync(host.Services) ? exitCode : SumViolated;
    }

    private async Task<int> PublishAllAsync(
        LineReader lines, IEventPublisher<IWebhook> publisher, CancellationToken cancellationToken)
    {
        try
        {
            while (await lines.ReadAsync(cancellationToken))
            {
                _tally.CountLine();
                await PublishAsync(lines, publisher);
                cancellationToken.ThrowIfCancellationRequested();
            }

            return Succeeded;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync($"Interrupted after line {lines.Number}. What was published is completed.");
            return Interrupted;
        }
        catch (IOException exception)
        {
            await error.WriteLineAsync($"The input cannot be read beyond line {lines.Number}: {exception.Message}");
            return CannotRead;
        }
    }

    private async ValueTask PublishAsync(LineReader lines, IEventPublisher<IWebhook> publisher)
    {
        if (lines.IsTooLong)
        {
            await SkipAsync(lines.Number, $"The line has {lines.Length} bytes, more than --max-line-bytes allows.");
        }
        else if (WebhookReader.IsBlank(lines.Line.Span))
        {
            _tally.CountBlank();
        }
        else if (!WebhookReader.TryRead(lines.Line.Span, out IWebhook? webhook, out string? problem))
        {
            await SkipAsync(lines.Number, problem);
        }
        else
        {
            // Without a token: an interrupted wait for room would leave a line half published. A full queue moves on by itself.
            await publisher.PublishAsync(
                webhook, new PublishOptions { Headers = InputLine.Headers(lines.Number) }, CancellationToken.None);
            _tally.CountPublished();
            _published.Add(webhook);
        }
    }

    private async ValueTask SkipAsync(long line, string problem)
    {
        _tally.CountMalformed(line, problem);
        await error.WriteLineAsync($"line {line}: {problem}");
    }

    private async Task<bool> ReportAsync(IServiceProvider services)
    {
        var statistics = services.GetRequiredService<IEventBusMonitor>().GetStatistics();
        Report report = new(output);
        report.WriteNames(_published);
        report.WriteSubscriptions(statistics);
        report.WriteHandled(statistics, _handled);
        await report.WriteDeadLettersAsync(services.GetRequiredService<IDeadLetters>());
        report.WriteMalformed(_tally);
        return report.WriteSums(_tally, _audited, statistics);
    }

    private IHost BuildHost()
    {
        // The arguments are the router's own and no configuration keys.
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // Whoever ran the program is told of bad routes in a sentence, and needs no trace of it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);

        // The standard output is the report's.
        builder.Services.Configure<ConsoleLoggerOptions>(
            static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddEventBus(bus => WebhookSubscriptions.Add(bus, _audited, _handled, routes));
        return builder.Build();
    }
}
