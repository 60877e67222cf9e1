using System.Diagnostics.CodeAnalysis;
using EventBus.Diagnostics;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>Takes over the patterns that the configuration changes while the bus runs. What is wrong changes nothing.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class PatternReload : IDisposable
{
    // No publish ever waits for it.
    private readonly object _gate = new();
    private readonly BusParts _parts;
    private readonly IDisposable? _listening;

    public PatternReload(BusParts parts)
    {
        _parts = parts;
        _listening = parts.Configuration.OnChange(ReloadAll);
    }

    /// <summary>Looks whether the configuration has another pattern for a subscription by now.</summary>
    public void Reload(Subscription subscription)
    {
        lock (_gate)
        {
            string? text = _parts.Configuration.PatternOf(subscription.Name, out string? problem);
            if (problem is not null)
            {
                // No text at all: what was configured before stays, and is still what the next change is one from.
                Log.PatternNeverMatches(_parts.Environment.Telemetry.Logger, subscription.Name, problem);
                return;
            }

            if (text == subscription.ConfiguredPattern)
            {
                return;
            }

            subscription.ConfiguredPattern = text;
            if (TryBind(subscription, text, out BoundPatterns? patterns, out problem))
            {
                _parts.Change(subscription, patterns);

                // Also where the key is gone, perhaps misspelt: the subscription may take everything now.
                string taken = patterns.All.Count > 0 ? $"what matches {string.Join(" and ", patterns.All)}" : "events whatever their content, as no pattern is left";
                Log.PatternChanged(_parts.Environment.Telemetry.Logger, subscription.Name, taken);
            }
            else
            {
                Log.PatternNeverMatches(_parts.Environment.Telemetry.Logger, subscription.Name, problem);
            }
        }
    }

    public void Dispose() => _listening?.Dispose();

    private static bool TryBind(
        Subscription subscription,
        string? text,
        [NotNullWhen(true)] out BoundPatterns? patterns,
        [NotNullWhen(false)] out string? problem)
    {
        (patterns, problem) = (null, null);
        try
        {
            patterns = subscription.Bind(text);
            return true;
        }
        catch (Exception exception) when (BoundPatterns.IsRefusal(exception))
        {
            problem = exception.Message;
            return false;
        }
    }

    private void ReloadAll()
    {
        foreach (Subscription subscription in _parts.Catalog.All)
        {
            Reload(subscription);
        }
    }
}
