using EventBus;
using WebhookRouter.Webhooks;

namespace WebhookRouter.Handling;

/// <summary>Deploys what arrived on a default branch.</summary>
internal sealed class DeployDefaultBranch(HandledWebhooks handled) : IEventHandler<PushWebhook>
{
    /// <exception cref="NothingToDeployException">The push names no commit.</exception>
    public ValueTask HandleAsync(PushWebhook @event, EventContext context, CancellationToken cancellationToken)
    {
        Commit head = @event.HeadCommit ?? throw new NothingToDeployException(
            $"A push to '{@event.Ref}' of {@event.Repository.FullName} names no head commit.");
        handled.Note(context, $"deploy {@event.Repository.FullName} at {head.Id} {head.Message}");
        return default;
    }
}
