namespace WebhookRouter.Webhooks;

/// <summary>The state of something that runs on a commit: a check, a suite of checks, a workflow or a job of one.</summary>
internal interface IBuildResult : IWebhook
{
    BuildRun Run { get; }
}
