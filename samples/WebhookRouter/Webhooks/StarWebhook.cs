namespace WebhookRouter.Webhooks;

/// <summary>Somebody gave or took back a star.</summary>
internal sealed record StarWebhook(
    string Action, DateTimeOffset? StarredAt, Repository Repository, Actor Sender)
    : IWebhook
{
    public string Name => "star";
}
