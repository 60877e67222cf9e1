namespace WebhookRouter.Webhooks;

/// <summary>All checks of one tool on a commit got on.</summary>
internal sealed record CheckSuiteWebhook(
    string Action, BuildRun CheckSuite, Repository Repository, Actor Sender)
    : IBuildResult
{
    public string Name => "check_suite";

    BuildRun IBuildResult.Run => CheckSuite;
}
