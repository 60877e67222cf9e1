namespace WebhookRouter.Webhooks;

/// <summary>An advisory was published, changed or withdrawn. Concerns no repository and has no sender.</summary>
internal sealed record SecurityAdvisoryWebhook(
    string Action, Advisory SecurityAdvisory, Repository? Repository = null, Actor? Sender = null)
    : ISecurityAlert
{
    public string Name => "security_advisory";

    Severity ISecurityAlert.Severity => SeverityScale.Read(SecurityAdvisory.Severity);

    bool ISecurityAlert.IsOpen => Action != "withdrawn" && SecurityAdvisory.WithdrawnAt is null;

    string ISecurityAlert.Subject => $"{SecurityAdvisory.GhsaId} {SecurityAdvisory.Summary}";
}
