namespace WebhookRouter.Webhooks;

/// <summary>Commits arrived on a branch, or a branch or tag was moved or removed.</summary>
internal sealed record PushWebhook(
    string Ref, bool Deleted, IReadOnlyList<Commit> Commits, Commit? HeadCommit, Repository Repository, Actor Sender)
    : IWebhook
{
    public string Name => "push";

    public string? Action => null;

    public bool IsToDefaultBranch =>
        !Deleted
        && Repository.DefaultBranch is { } branch
        && Ref.StartsWith("refs/heads/", StringComparison.Ordinal)
        && Ref.AsSpan("refs/heads/".Length).SequenceEqual(branch);
}
