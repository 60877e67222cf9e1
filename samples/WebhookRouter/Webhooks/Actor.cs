namespace WebhookRouter.Webhooks;

/// <summary>Who caused a webhook.</summary>
internal sealed record Actor(string Login);
