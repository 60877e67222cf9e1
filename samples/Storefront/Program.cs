using System.Globalization;
using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Storefront;
using Storefront.Accounting;
using Storefront.Fulfillment;
using Storefront.Inventory;
using Storefront.Orders;
using Storefront.Payment;

CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

var commandLine = CommandLine.Parse(args);
if (commandLine.Error is not null)
{
    await Console.Error.WriteLineAsync($"storefront: {commandLine.Error}\n\n{CommandLine.Usage}");
    return ExitCode.BadArguments;
}

if (commandLine.WantsHelp)
{
    Console.WriteLine(CommandLine.Usage);
    return ExitCode.Success;
}

HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

// The story itself tells what fails. The bus's log goes to standard error, so that the two can be told apart.
builder.Logging.SetMinimumLevel(commandLine.IsVerbose ? LogLevel.Information : LogLevel.Critical);
builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
    options => options.LogToStandardErrorThreshold = LogLevel.Trace);

// This is the whole monolith: each module brings its own subscriptions, and none of them knows of another.
builder.Services
    .AddOrders()
    .AddPayment()
    .AddInventory()
    .AddFulfillment()
    .AddAccounting();

if (commandLine.Orders is { } orders)
{
    Load.Configure(builder.Configuration);
    builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<Load>(services, orders));
}
else
{
    Story.Configure(builder.Configuration);
    builder.Services.AddEventBus(bus => bus.AddObserver<Journal>());
    builder.Services.AddSingleton<Story>();
}

using IHost host = builder.Build();
CancellationToken stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
await host.StartAsync();
bool isBalanced;
try
{
    isBalanced = commandLine.Orders is null
        ? await host.Services.GetRequiredService<Story>().TellAsync(stopping)
        : await host.Services.GetRequiredService<Load>().RunAsync(stopping);
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("\nstorefront: stopped before the end.");
    return ExitCode.Interrupted;
}

await host.StopAsync();
return isBalanced ? ExitCode.Success : ExitCode.NotBalanced;
