namespace WebhookRouter.Webhooks;

/// <summary>What every webhook has. Who subscribes to this gets all of them, each once.</summary>
internal interface IWebhook
{
    /// <summary>The sender's name for this kind of event, such as <c>pull_request</c>.</summary>
    string Name { get; }

    /// <summary>What happened, such as <c>opened</c>; null for kinds of event that mean one thing only.</summary>
    string? Action { get; }

    /// <summary>Where it happened; null for events of an organization or of the sender as a whole.</summary>
    Repository? Repository { get; }

    /// <summary>Who did it; null where nobody did, as for an advisory.</summary>
    Actor? Sender { get; }
}
