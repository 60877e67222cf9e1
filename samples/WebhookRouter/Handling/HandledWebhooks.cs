using EventBus;

namespace WebhookRouter.Handling;

/// <summary>What the handlers did, to be shown at the end: the first few of each subscription, by line number.</summary>
/// <remarks>Thread-safe. Holds a few lines for each subscription, however long the input is.</remarks>
internal sealed class HandledWebhooks
{
    public const int Shown = 3;
    private const int MaxTextLength = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedList<long, string>> _bySubscription = [];

    /// <summary>Notes one event that a subscription has handled.</summary>
    public void Note(EventContext context, string text)
    {
        long line = InputLine.Of(context.Headers);
        string clean = Clean(text);
        lock (_gate)
        {
            if (!_bySubscription.TryGetValue(context.SubscriptionName, out SortedList<long, string>? notes))
            {
                _bySubscription[context.SubscriptionName] = notes = [];
            }

            // Assigned, not added: an event may be handled twice, by a retry or a redrive.
            notes[line] = clean;
            if (notes.Count > Shown)
            {
                notes.RemoveAt(Shown);
            }
        }
    }

    public IReadOnlyList<(long Line, string Text)> Of(string subscription)
    {
        lock (_gate)
        {
            return _bySubscription.TryGetValue(subscription, out SortedList<long, string>? notes)
                ? [.. notes.Select(static each => (each.Key, each.Value))]
                : [];
        }
    }

    // Titles and messages are strangers' text: an escape sequence in one must not reach the terminal.
    private static string Clean(string text)
    {
        string firstLine = text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and int end ? text[..end] + " …" : text;
        string cut = firstLine.Length > MaxTextLength ? firstLine[..MaxTextLength] + "…" : firstLine;
        return string.Concat(cut.Select(static letter => char.IsControl(letter) ? '?' : letter));
    }
}
