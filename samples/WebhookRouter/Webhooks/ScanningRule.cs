namespace WebhookRouter.Webhooks;

/// <summary>What a scanner looks for.</summary>
internal sealed record ScanningRule(string Id, string Severity);
