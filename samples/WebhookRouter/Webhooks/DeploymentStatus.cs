namespace WebhookRouter.Webhooks;

/// <summary>How far a deployment has come.</summary>
internal sealed record DeploymentStatus(string State, string Environment);
