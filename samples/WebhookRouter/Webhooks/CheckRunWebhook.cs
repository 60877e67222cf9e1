namespace WebhookRouter.Webhooks;

/// <summary>A check on a commit got on.</summary>
internal sealed record CheckRunWebhook(
    string Action, BuildRun CheckRun, Repository Repository, Actor Sender)
    : IBuildResult
{
    public string Name => "check_run";

    BuildRun IBuildResult.Run => CheckRun;
}
