namespace WebhookRouter.Webhooks;

/// <summary>Something happened to a release.</summary>
internal sealed record ReleaseWebhook(string Action, Release Release, Repository Repository, Actor Sender) : IWebhook
{
    public string Name => "release";
}
