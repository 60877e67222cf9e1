using EventBus;
using WebhookRouter.Webhooks;

namespace WebhookRouter.Handling;

/// <summary>Puts a new bug on the list of whoever triages this week.</summary>
internal sealed class TriageBug(HandledWebhooks handled) : IEventHandler<IssuesWebhook>
{
    public ValueTask HandleAsync(IssuesWebhook @event, EventContext context, CancellationToken cancellationToken)
    {
        handled.Note(context, $"triage {@event.Repository.FullName}#{@event.Issue.Number} {@event.Issue.Title}");
        return default;
    }
}
