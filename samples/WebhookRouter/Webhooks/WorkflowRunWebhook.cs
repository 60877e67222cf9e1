namespace WebhookRouter.Webhooks;

/// <summary>A workflow got on.</summary>
internal sealed record WorkflowRunWebhook(
    string Action, BuildRun WorkflowRun, Repository Repository, Actor Sender)
    : IBuildResult
{
    public string Name => "workflow_run";

    BuildRun IBuildResult.Run => WorkflowRun;
}
