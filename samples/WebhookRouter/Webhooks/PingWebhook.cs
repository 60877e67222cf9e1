namespace WebhookRouter.Webhooks;

/// <summary>The sender tries whether anybody is there.</summary>
internal sealed record PingWebhook(string Zen, Actor Sender, Repository? Repository = null) : IWebhook
{
    public string Name => "ping";

    public string? Action => null;
}
