namespace WebhookRouter.Webhooks;

/// <summary>One run on a commit.</summary>
internal sealed record BuildRun(string Status, string? Conclusion, string? Name = null, string? HeadBranch = null);
