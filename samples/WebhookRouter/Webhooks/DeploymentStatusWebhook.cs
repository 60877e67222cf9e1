namespace WebhookRouter.Webhooks;

/// <summary>A deployment got on.</summary>
internal sealed record DeploymentStatusWebhook(
    string Action, DeploymentStatus DeploymentStatus, Repository Repository, Actor Sender)
    : IWebhook
{
    public string Name => "deployment_status";
}
