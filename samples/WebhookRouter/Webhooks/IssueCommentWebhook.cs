namespace WebhookRouter.Webhooks;

/// <summary>Somebody wrote on an issue or a pull request.</summary>
internal sealed record IssueCommentWebhook(
    string Action, Issue Issue, Comment Comment, Repository Repository, Actor Sender)
    : IWebhook
{
    public string Name => "issue_comment";
}
