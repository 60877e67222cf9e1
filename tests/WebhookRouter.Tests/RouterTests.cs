using System.Globalization;
using System.Text;

namespace WebhookRouter.Tests;

public sealed class RouterTests
{
    private static readonly string Deliveries = Path.Combine(AppContext.BaseDirectory, "deliveries.jsonl");

    [Fact]
    public async Task Run_OnMixedLines_AccountsForEveryLine()
    {
        Run run = await Run.OfAsync(["--max-line-bytes", "400", Deliveries]);

        Assert.Equal(Router.Succeeded, run.ExitCode);
        Assert.Contains("lines: 29 = 16 published + 11 malformed + 2 blank  (holds)", run.Output);
        Assert.Contains("events: 16 published = 16 counted by the bus = 16 seen by the audit  (holds)", run.Output);
        Assert.Contains(
            "deliveries: 28 accepted = 27 succeeded + 1 dead-lettered + 0 pending  (holds)", run.Output);
    }

    [Theory]
    [InlineData("push", "PushWebhook", 3)]
    [InlineData("issues", "IssuesWebhook", 2)]
    [InlineData("pull_request", "PullRequestWebhook", 2)]
    [InlineData("security_advisory", "SecurityAdvisoryWebhook", 2)]
    [InlineData("release", "ReleaseWebhook", 2)]
    [InlineData("star", "StarWebhook", 1)]
    [InlineData("dependabot_alert", "DependabotAlertWebhook", 1)]
    [InlineData("workflow_job", "WorkflowJobWebhook", 1)]
    [InlineData("order.shipped", "UnknownWebhook", 1)]
    [InlineData("label", "UnknownWebhook", 1)]
    public async Task Run_OnMixedLines_CountsEachName(string name, string type, int count)
    {
        Run run = await Run.OfAsync(["--max-line-bytes", "400", Deliveries]);

        Assert.Equal([name, type, count.ToString(CultureInfo.InvariantCulture)], run.Row(name));
    }

    // accepted, succeeded, dead-lettered, pending, filtered
    [Theory]
    [InlineData("audit.all", "IWebhook", "inline", "16 16 0 0 0")]
    [InlineData("issues.triage-bug", "IssuesWebhook", "queued", "1 1 0 0 1")]
    [InlineData("deploy.default-branch", "PushWebhook", "queued", "2 1 1 0 1")]
    [InlineData("security.page-on-call", "ISecurityAlert", "queued", "2 2 0 0 1")]
    [InlineData("security.backlog", "ISecurityAlert", "queued", "1 1 0 0 2")]
    [InlineData("builds.failed", "IBuildResult", "queued", "1 1 0 0 0")]
    [InlineData("pull-requests.to-review", "PullRequestWebhook", "queued", "0 0 0 0 2")]
    [InlineData("pull-requests.merged", "PullRequestWebhook", "queued", "1 1 0 0 1")]
    [InlineData("releases.announce", "ReleaseWebhook", "inline", "1 1 0 0 1")]
    [InlineData("stars.thank", "StarWebhook", "inline", "1 1 0 0 0")]
    [InlineData("unknown.inbox", "UnknownWebhook", "queued", "2 2 0 0 0")]
    public async Task Run_OnMixedLines_RoutesByContent(string subscription, string type, string kind, string counts)
    {
        Run run = await Run.OfAsync(["--max-line-bytes", "400", Deliveries]);

        Assert.Equal($"{subscription} {type} {kind} {counts}", string.Join(' ', run.Row(subscription)));
    }

    [Theory]
    [InlineData("[]", "holds no routes")]
    [InlineData("{}", "has no route for 'issues.triage-bug'")]
    [InlineData(null, "'stars.thnk', and no subscription has such a name")]
    public async Task Run_WithRoutesThatAreNotTheSubscriptions_SaysWhatIsWrong(string? routes, string why)
    {
        string shipped = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "routes.json"), TestContext.Current.CancellationToken);
        Run run = await RunWithAsync(routes ?? shipped.Replace("\n}", ", \"stars.thnk\": {} }", StringComparison.Ordinal));

        Assert.Equal(Router.CannotRead, run.ExitCode);
        Assert.Contains(why, Assert.Single(run.Errors));
    }

    [Fact]
    public async Task Run_WithAPatternThatItsTypeCannotMatch_SaysSoAtStart()
    {
        string shipped = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "routes.json"), TestContext.Current.CancellationToken);
        Run run = await RunWithAsync(shipped.Replace("is_to_default_branch", "is_to_defualt_branch", StringComparison.Ordinal));

        Assert.Equal(Router.CannotRead, run.ExitCode);
        Assert.Contains(run.Errors, static each => each.Contains("'deploy.default-branch'", StringComparison.Ordinal)
            && each.Contains("is_to_default_branch", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(7, "missing required properties including: 'title'")]
    [InlineData(8, "byte 25")]
    [InlineData(14, "not valid UTF-8")]
    [InlineData(15, "The line has 1041 bytes")]
    [InlineData(21, "Duplicate property 'name'")]
    [InlineData(22, "missing required properties including: 'payload'")]
    [InlineData(23, "The name is not 1 to 100 printable characters")]
    [InlineData(24, "The payload is Array, not an object")]
    [InlineData(25, "could not be converted")]
    [InlineData(26, "The line is null")]
    [InlineData(27, "The payload is no 'star'")]
    public async Task Run_OnMalformedLine_ReportsItsNumberAndWhy(int line, string why)
    {
        Run run = await Run.OfAsync(["--max-line-bytes", "400", Deliveries]);

        string told = Assert.Single(run.Errors, each => each.StartsWith($"line {line}: ", StringComparison.Ordinal));
        Assert.Contains(why, told);
        Assert.Contains($"malformed: {told}", run.Output);
    }

    [Fact]
    public async Task Run_OnPushWithoutHeadCommit_ShowsDeadLetterWithItsLine()
    {
        Run run = await Run.OfAsync(["--max-line-bytes", "400", Deliveries]);

        Assert.Contains("dead letter: line 3, deploy.default-branch, NotRetryable after 1 attempts.", run.Output);
    }

    [Fact]
    public async Task Run_OnEscapeSequenceInTitle_KeepsItFromTheTerminal()
    {
        Run run = await Run.OfAsync(["--max-line-bytes", "400", Deliveries]);

        Assert.Contains("line 5     triage acme/shop#7 Naïve ?[31mtotal", run.Output);
    }

    [Fact]
    public async Task Run_WithDefaultLimit_PublishesTheLongLine()
    {
        Run run = await Run.OfAsync([Deliveries]);

        Assert.Contains("lines: 29 = 17 published + 10 malformed + 2 blank  (holds)", run.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("-")]
    public async Task Run_WithoutPath_ReadsStandardInput(params string[] words)
    {
        Run run = await Run.OfAsync(words, """{"name":"watch","payload":{"action":"started"}}""" + "\n");

        Assert.Equal(Router.Succeeded, run.ExitCode);
        Assert.Contains("lines: 1 = 1 published + 0 malformed + 0 blank  (holds)", run.Output);
    }

    [Fact]
    public async Task Run_OnEmptyInput_Succeeds()
    {
        Run run = await Run.OfAsync([], "");

        Assert.Equal(Router.Succeeded, run.ExitCode);
        Assert.Contains("lines: 0 = 0 published + 0 malformed + 0 blank  (holds)", run.Output);
    }

    [Fact]
    public async Task Run_OnManyMalformedLines_ListsTheFirstAndCountsTheRest()
    {
        Run run = await Run.OfAsync([], string.Concat(Enumerable.Repeat("{\n", 50)));

        Assert.Equal(50, run.Errors.Count);
        Assert.Contains("malformed: and 30 more, all on the error stream", run.Output);
        Assert.Contains("lines: 50 = 0 published + 50 malformed + 0 blank  (holds)", run.Output);
    }

    [Theory]
    [InlineData("cannot be read", "no-such-file.jsonl")]
    [InlineData("cannot be read", ".")]
    [InlineData("'--fast' is unknown", "--fast")]
    [InlineData("'' is unknown", "")]
    [InlineData("'two' is a second input", "one", "two")]
    [InlineData("not 'nothing'", "--max-line-bytes")]
    [InlineData("not '0'", "--max-line-bytes", "0")]
    public async Task Run_OnWrongArguments_SaysSoAndExitsWithTwo(string message, params string[] words)
    {
        Run run = await Run.OfAsync(words);

        Assert.Equal(Router.CannotRead, run.ExitCode);
        Assert.Contains(message, Assert.Single(run.Errors));
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Run_WithHelp_ShowsTheUsageAlone()
    {
        Run run = await Run.OfAsync(["--help"]);

        Assert.Equal(Router.Succeeded, run.ExitCode);
        Assert.StartsWith("Reads webhook deliveries", run.Output, StringComparison.Ordinal);
        Assert.Contains(Arguments.DefaultMaxLineBytes.ToString(CultureInfo.InvariantCulture), run.Output);
    }

    [Fact]
    public async Task Run_OnReadThatFails_ReportsWhatCameBefore()
    {
        await using var input = new BrokenStream("""{"name":"watch","payload":{}}""" + "\n");

        Run run = await Run.OfAsync([], () => input, TestContext.Current.CancellationToken);

        Assert.Equal(Router.CannotRead, run.ExitCode);
        Assert.Contains("beyond line 1: the disk is gone", Assert.Single(run.Errors));
        Assert.Contains("lines: 1 = 1 published + 0 malformed + 0 blank  (holds)", run.Output);
    }

    [Fact]
    public async Task Run_Interrupted_ReportsWhatWasRead()
    {
        using CancellationTokenSource interruption = new();
        await using var input = new EndlessStream("""{"name":"watch","payload":{}}""" + "\n", interruption);

        Run run = await Run.OfAsync([], () => input, interruption.Token);

        Assert.Equal(Router.Interrupted, run.ExitCode);
        Assert.Contains("Interrupted after line 1.", Assert.Single(run.Errors));
        Assert.Contains("lines: 1 = 1 published + 0 malformed + 0 blank  (holds)", run.Output);
    }

    private static async Task<Run> RunWithAsync(string routes)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, routes, TestContext.Current.CancellationToken);
            return await Run.OfAsync(["--routes", path, Deliveries]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed record Run(int ExitCode, string Output, IReadOnlyList<string> Errors)
    {
        public static Task<Run> OfAsync(IReadOnlyList<string> words, string input = "") =>
            OfAsync(words, () => new MemoryStream(Encoding.UTF8.GetBytes(input)), TestContext.Current.CancellationToken);

        public static async Task<Run> OfAsync(
            IReadOnlyList<string> words, Func<Stream> open, CancellationToken cancellationToken)
        {
            await using StringWriter output = new();
            await using StringWriter error = new();
            int exitCode = await Program.RunAsync(words, open, output, error, cancellationToken);
            return new Run(exitCode, output.ToString(), error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        /// <summary>The cells of the only table row that begins with a word.</summary>
        public string[] Row(string word) => Assert.Single(
            Output.Split('\n').Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            cells => cells.Length > 2 && cells[0] == word && char.IsAsciiDigit(cells[^1][0]) && cells[1] != "line");
    }

    /// <summary>Gives its text once, and fails at the next read.</summary>
    private sealed class BrokenStream(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position < Length
                ? base.ReadAsync(buffer, cancellationToken)
                : ValueTask.FromException<int>(new IOException("the disk is gone"));
    }

    /// <summary>Gives its text once, then interrupts the run and never ends the read: a terminal at Ctrl+C.</summary>
    private sealed class EndlessStream(string text, CancellationTokenSource interruption)
        : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }

            await interruption.CancelAsync();
            await new TaskCompletionSource().Task;
            return 0;
        }
    }
}
