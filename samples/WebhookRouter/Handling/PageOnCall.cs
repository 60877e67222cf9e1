using EventBus;
using WebhookRouter.Webhooks;

namespace WebhookRouter.Handling;

/// <summary>Wakes somebody for a weakness that cannot wait, whichever kind of alert told of it.</summary>
internal sealed class PageOnCall(HandledWebhooks handled) : IEventHandler<ISecurityAlert>
{
    public ValueTask HandleAsync(ISecurityAlert @event, EventContext context, CancellationToken cancellationToken)
    {
        string place = @event.Repository?.FullName ?? "everybody";
        handled.Note(context, $"page for {place}: {@event.Severity} {@event.Name}, {@event.Subject}");
        return default;
    }
}
