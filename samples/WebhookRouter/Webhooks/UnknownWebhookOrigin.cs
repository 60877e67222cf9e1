namespace WebhookRouter.Webhooks;

/// <summary>What most webhooks share, looked for in those of an unknown kind.</summary>
internal sealed record UnknownWebhookOrigin(string? Action = null, Repository? Repository = null, Actor? Sender = null);
