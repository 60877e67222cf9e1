namespace WebhookRouter.Webhooks;

/// <summary>Something happened to a pull request.</summary>
internal sealed record PullRequestWebhook(
    string Action, PullRequest PullRequest, Repository Repository, Actor Sender)
    : IWebhook
{
    public string Name => "pull_request";

    public bool IsMergeToDefaultBranch =>
        Action == "closed" && PullRequest.Merged && PullRequest.Base.Ref == Repository.DefaultBranch;
}
