namespace WebhookRouter.Webhooks;

/// <summary>A scanner found something in the code, or no longer does.</summary>
internal sealed record CodeScanningAlertWebhook(
    string Action, ScanningAlert Alert, Repository Repository, Actor Sender)
    : ISecurityAlert
{
    public string Name => "code_scanning_alert";

    Severity ISecurityAlert.Severity => SeverityScale.Read(Alert.Rule.Severity);

    bool ISecurityAlert.IsOpen => Alert.State == "open";

    string ISecurityAlert.Subject => Alert.Rule.Id;
}
