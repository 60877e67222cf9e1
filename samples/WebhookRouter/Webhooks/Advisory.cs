namespace WebhookRouter.Webhooks;

/// <summary>A published weakness.</summary>
internal sealed record Advisory(string GhsaId, string Severity, string Summary, DateTimeOffset? WithdrawnAt);
