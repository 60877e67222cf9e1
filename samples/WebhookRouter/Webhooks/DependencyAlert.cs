namespace WebhookRouter.Webhooks;

/// <summary>A dependency with a published weakness.</summary>
internal sealed record DependencyAlert(string State, Advisory SecurityAdvisory);
