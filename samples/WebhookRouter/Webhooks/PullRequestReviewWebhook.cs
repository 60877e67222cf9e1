namespace WebhookRouter.Webhooks;

/// <summary>Somebody judged a pull request.</summary>
internal sealed record PullRequestReviewWebhook(
    string Action, Review Review, ReviewedPullRequest PullRequest, Repository Repository, Actor Sender)
    : IWebhook
{
    public string Name => "pull_request_review";
}
