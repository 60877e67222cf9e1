namespace WebhookRouter.Webhooks;

/// <summary>A job of a workflow got on.</summary>
internal sealed record WorkflowJobWebhook(
    string Action, BuildRun WorkflowJob, Repository Repository, Actor Sender)
    : IBuildResult
{
    public string Name => "workflow_job";

    BuildRun IBuildResult.Run => WorkflowJob;
}
