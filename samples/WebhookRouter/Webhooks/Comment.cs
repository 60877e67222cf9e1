namespace WebhookRouter.Webhooks;

/// <summary>What somebody wrote.</summary>
internal sealed record Comment(string Body);
