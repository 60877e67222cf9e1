namespace WebhookRouter.Webhooks;

/// <summary>A word that somebody put on an issue.</summary>
internal sealed record Label(string Name);
