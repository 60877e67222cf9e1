namespace WebhookRouter.Webhooks;

/// <summary>A dependency has a published weakness, or no longer has it.</summary>
internal sealed record DependabotAlertWebhook(
    string Action, DependencyAlert Alert, Repository Repository, Actor Sender)
    : ISecurityAlert
{
    public string Name => "dependabot_alert";

    Severity ISecurityAlert.Severity => SeverityScale.Read(Alert.SecurityAdvisory.Severity);

    bool ISecurityAlert.IsOpen => Alert.State == "open";

    string ISecurityAlert.Subject => $"{Alert.SecurityAdvisory.GhsaId} {Alert.SecurityAdvisory.Summary}";
}
