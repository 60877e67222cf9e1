namespace WebhookRouter.Webhooks;

/// <summary>An issue as the webhook shows it.</summary>
internal sealed record Issue(long Number, string Title, IReadOnlyList<Label>? Labels = null)
{
    public bool HasLabel(string name) =>
        Labels is not null && Labels.Any(label => label.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
