namespace WebhookRouter.Webhooks;

/// <summary>One commit of a push.</summary>
internal sealed record Commit(string Id, string Message);
