namespace WebhookRouter.Webhooks;

/// <summary>One end of a pull request.</summary>
internal sealed record Branch(string Ref, string Sha);
