using WebhookRouter.Webhooks;

namespace WebhookRouter.Reporting;

/// <summary>Counts events by name.</summary>
/// <remarks>Thread-safe. Past 1,000 names, further ones are counted together: the input must not fill the memory.</remarks>
internal sealed class EventNameCounts
{
    private const int MaxNames = 1_000;
    private static readonly (string Name, string Type) Others = ("(other names)", "");

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, string Type), long> _counts = [];

    public void Add(IWebhook webhook)
    {
        (string Name, string Type) key = (webhook.Name, webhook.GetType().Name);
        lock (_gate)
        {
            key = _counts.Count < MaxNames || _counts.ContainsKey(key) ? key : Others;
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>The counts, largest first, those of one size by name.</summary>
    public IReadOnlyList<(string Name, string Type, long Count)> Read()
    {
        lock (_gate)
        {
            return
            [
                .. _counts.Select(static each => (each.Key.Name, each.Key.Type, each.Value))
                    .OrderByDescending(static each => each.Value)
                    .ThenBy(static each => each.Name, StringComparer.Ordinal),
            ];
        }
    }
}
