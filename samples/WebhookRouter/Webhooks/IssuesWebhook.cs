namespace WebhookRouter.Webhooks;

/// <summary>Something happened to an issue.</summary>
internal sealed record IssuesWebhook(string Action, Issue Issue, Repository Repository, Actor Sender) : IWebhook
{
    public string Name => "issues";
}
