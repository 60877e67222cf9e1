namespace WebhookRouter.Webhooks;

/// <summary>Where a webhook comes from.</summary>
internal sealed record Repository(string FullName, string? DefaultBranch = null);
