namespace WebhookRouter.Webhooks;

/// <summary>A branch or tag was removed.</summary>
internal sealed record DeleteWebhook(string Ref, string RefType, Repository Repository, Actor Sender) : IWebhook
{
    public string Name => "delete";

    public string? Action => null;
}
