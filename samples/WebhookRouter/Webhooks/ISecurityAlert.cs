namespace WebhookRouter.Webhooks;

/// <summary>A known weakness, whichever of the four kinds of webhook reports it.</summary>
internal interface ISecurityAlert : IWebhook
{
    Severity Severity { get; }

    /// <summary>Whether somebody has to act: the weakness is there, not fixed, dismissed or withdrawn.</summary>
    bool IsOpen { get; }

    /// <summary>What to look for: a rule, a package or an advisory.</summary>
    string Subject { get; }
}
