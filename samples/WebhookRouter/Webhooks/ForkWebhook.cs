namespace WebhookRouter.Webhooks;

/// <summary>Somebody forked the repository.</summary>
internal sealed record ForkWebhook(Repository Forkee, Repository Repository, Actor Sender) : IWebhook
{
    public string Name => "fork";

    public string? Action => null;
}
