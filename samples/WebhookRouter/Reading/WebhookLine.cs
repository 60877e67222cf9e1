using System.Text.Json;

namespace WebhookRouter.Reading;

/// <summary>One line of input: <c>{"name": …, "payload": {…}}</c>.</summary>
internal sealed record WebhookLine(string Name, JsonElement Payload);
