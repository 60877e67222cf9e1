namespace WebhookRouter.Webhooks;

/// <summary>What a scanner found.</summary>
internal sealed record ScanningAlert(string State, ScanningRule Rule);
