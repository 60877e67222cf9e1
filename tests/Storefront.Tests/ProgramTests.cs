using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Storefront.Tests;

/// <summary>Runs the program as a newcomer would, and reads what it prints.</summary>
public sealed partial class ProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Story_FromStartToEnd_Balances()
    {
        Result result = await RunAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Errors);
        long[] law = ReadLaw(result.Output);
        Assert.Equal([93, 92, 1, 0], law);
        Assert.DoesNotContain("NOT HOLD", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Story_PoisonOrder_SucceedsAfterItsRedrive()
    {
        Result result = await RunAsync();

        Assert.Contains("reason         RetriesExhausted after 3 attempts", result.Output, StringComparison.Ordinal);
        Assert.Equal(3, result.Output.Split("KeyNotFoundException: The VAT table has no rate for 'GR'.").Length - 1);
        Assert.Contains("Dead letters left: 0. Order S-1008 is completed.", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"-> fulfillment\.ship-abroad +2 retries, succeeded\n", result.Output);
        Assert.Matches(@"-> accounting\.book-sale +2 retries, dead letter, redriven, succeeded\n", result.Output);
    }

    [Fact]
    public async Task Story_Reminders_OneIsTakenBackAndOneSent()
    {
        Result result = await RunAsync();

        Assert.Contains("S-1013 is paid, in two parts.     Reminders: 1 waiting, 1 taken back, 0 sent.", result.Output, StringComparison.Ordinal);
        Assert.Contains("The time is up.                   Reminders: 0 waiting, 1 taken back, 1 sent.", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            "Reminded: S-1014 alone. Order S-1013 is completed, order S-1014 is completed.", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_OfTwoThousandOrders_Balances()
    {
        Result result = await RunAsync("--orders", "2000");

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Errors);
        Assert.Contains("events/s", result.Output, StringComparison.Ordinal);
        Assert.Contains("2 redriven; 0 left.", result.Output, StringComparison.Ordinal);
        Assert.Contains("1,980 completed, 20 cancelled (payment declined), 0 open.", result.Output, StringComparison.Ordinal);
        long[] law = ReadLaw(result.Output);
        Assert.Equal(law[0], law[1] + law[2] + law[3]);
        Assert.Equal(2, law[2]);
        Assert.Equal(0, law[3]);
    }

    [Theory]
    [InlineData("--orders takes a whole number from 1 to 1,000,000", "--orders")]
    [InlineData("'many' is not one.", "--orders", "many")]
    [InlineData("'0' is not one.", "--orders", "0")]
    [InlineData("'-5' is not one.", "--orders=-5")]
    [InlineData("'1000001' is not one.", "--orders", "1000001")]
    [InlineData("'--order' is not an option of this program.", "--order", "5")]
    public async Task Arguments_ThatMakeNoSense_AreExplained(string explanation, params string[] arguments)
    {
        Result result = await RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains(explanation, result.Errors, StringComparison.Ordinal);
        Assert.Contains("Usage: ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_Asked_IsGiven()
    {
        Result result = await RunAsync("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("Usage: ", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Errors);
    }

    private static async Task<Result> RunAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Storefront.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process program = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            Task<string> output = program.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = program.StandardError.ReadToEndAsync(limit.Token);
            await program.WaitForExitAsync(limit.Token);
            Result result = new(program.ExitCode, (await output).ReplaceLineEndings("\n"), (await errors).ReplaceLineEndings("\n"));
            Assert.All(result.Output.Split('\n'), static line => Assert.InRange(line.Length, 0, 99));
            return result;
        }
        finally
        {
            // Left alone, a program that hangs would outlive the test.
            program.Kill();
        }
    }

    /// <summary>Finds accepted, succeeded, dead-lettered and pending in the line that states the law.</summary>
    private static long[] ReadLaw(string output)
    {
        Match line = LawLine().Match(output);
        Assert.True(line.Success, output);
        return [.. line.Groups.Values.Skip(1).Select(static group =>
            long.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
    }

    [GeneratedRegex(@"accepted = succeeded \+ dead-lettered \+ pending\n +([\d,]+) = ([\d,]+) \+ ([\d,]+) \+ ([\d,]+)   holds\n")]
    private static partial Regex LawLine();

    private sealed record Result(int ExitCode, string Output, string Errors);
}
