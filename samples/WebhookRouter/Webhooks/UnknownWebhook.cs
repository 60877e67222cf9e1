using System.Text.Json;

namespace WebhookRouter.Webhooks;

/// <summary>A webhook whose name has no type of its own, with all that it said.</summary>
internal sealed record UnknownWebhook(string Name, JsonElement Payload) : IWebhook
{
    public string? Action { get; private init; }

    public Repository? Repository { get; private init; }

    public Actor? Sender { get; private init; }

    /// <summary>Makes the event, and reads what all webhooks have where it is there in the usual form.</summary>
    public static UnknownWebhook Of(string name, JsonElement payload)
    {
        try
        {
            UnknownWebhookOrigin? origin = payload.Deserialize(WebhookJson.Default.UnknownWebhookOrigin);
            return new UnknownWebhook(name, payload)
            {
                Action = origin?.Action,
                Repository = origin?.Repository,
                Sender = origin?.Sender,
            };
        }
        catch (JsonException)
        {
            // Another kind of sender, which means something else by these words: no reason to lose its event.
            return new UnknownWebhook(name, payload);
        }
    }
}
