namespace WebhookRouter.Webhooks;

/// <summary>A pull request as its own webhook shows it.</summary>
internal sealed record PullRequest(long Number, string Title, bool Draft, bool Merged, Branch Head, Branch Base);
