namespace WebhookRouter.Webhooks;

/// <summary>A branch or tag was made.</summary>
internal sealed record CreateWebhook(string Ref, string RefType, Repository Repository, Actor Sender) : IWebhook
{
    public string Name => "create";

    public string? Action => null;
}
