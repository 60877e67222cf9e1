using EventBus.Soak;

// dotnet run --project tests/EventBus.Soak --configuration Release -- --seconds 3600
int seconds = 120;
if (args is not ([] or ["--seconds", _]) || (args.Length == 2 && (!int.TryParse(args[1], out seconds) || seconds < 10)))
{
    await Console.Error.WriteLineAsync("Usage: EventBus.Soak [--seconds N], where N is 10 or more; 120 by default.");
    return 2;
}

await using Soak soak = new(new Random(20261128));
IReadOnlyList<string> findings = await soak.RunAsync(TimeSpan.FromSeconds(seconds));
foreach (string finding in findings)
{
    Console.WriteLine($"soak: FAILED: {finding}");
}

Console.WriteLine(findings.Count == 0 ? "soak: passed" : $"soak: {findings.Count} findings");
return findings.Count == 0 ? 0 : 1;
