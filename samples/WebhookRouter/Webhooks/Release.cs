namespace WebhookRouter.Webhooks;

/// <summary>A published or planned version.</summary>
internal sealed record Release(string TagName, bool Draft, bool Prerelease, string? Name = null);
