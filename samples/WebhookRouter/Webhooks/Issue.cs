namespace WebhookRouter.Webhooks;

/// <summary>An issue as the webhook shows it.</summary>
internal sealed record Issue(long Number, string Title, IReadOnlyList<Label>? Labels = null);
