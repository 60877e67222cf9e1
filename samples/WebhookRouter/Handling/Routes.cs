using System.Text.Json;

namespace WebhookRouter.Handling;

/// <summary>Which webhooks go to which subscription: a pattern for each name, from a JSON file.</summary>
/// <remarks>The patterns themselves are checked by the bus, at start and against the events' types.</remarks>
internal sealed class Routes
{
    private readonly string _path;
    private readonly Dictionary<string, string> _patterns = [];

    private Routes(string path) => _path = path;

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is no JSON object of patterns by name.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Routes Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            Routes routes = new(path);
            foreach (JsonProperty route in document.RootElement.EnumerateObject())
            {
                routes._patterns.Add(route.Name, route.Value.GetRawText());
            }

            return routes;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FormatException(
                $"'{path}' holds no routes. A route is a name and a pattern: {{ \"stars.thank\": {{ \"action\": [\"created\"] }} }}. " +
                exception.Message,
                exception);
        }
    }

    /// <summary>Takes the pattern of a subscription.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public string Take(string subscription) => _patterns.Remove(subscription, out string? pattern)
        ? pattern
        : throw new FormatException($"'{_path}' has no route for '{subscription}'. Write a pattern under that name.");

    /// <summary>Makes sure that no route was left over.</summary>
    /// <exception cref="FormatException">No subscription took one of them.</exception>
    public void ThrowIfAnyLeft()
    {
        if (_patterns.Count > 0)
        {
            throw new FormatException(
                $"'{_path}' has routes to '{string.Join("', '", _patterns.Keys)}', and no subscription has such a name.");
        }
    }
}
