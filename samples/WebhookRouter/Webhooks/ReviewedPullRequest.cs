namespace WebhookRouter.Webhooks;

/// <summary>The little that a review tells of its pull request.</summary>
internal sealed record ReviewedPullRequest(long Number, string Title);
