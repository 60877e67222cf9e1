namespace WebhookRouter.Webhooks;

/// <summary>A repository was made, renamed, opened to the public and so on.</summary>
internal sealed record RepositoryWebhook(string Action, Repository Repository, Actor Sender) : IWebhook
{
    public string Name => "repository";
}
