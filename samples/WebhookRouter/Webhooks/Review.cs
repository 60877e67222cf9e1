namespace WebhookRouter.Webhooks;

/// <summary>A judgement on a pull request.</summary>
internal sealed record Review(string State);
