using EventBus.Delivering;

namespace EventBus.Dispatching;

/// <summary>A publisher that waits for room in a queue, with what it wants to put there.</summary>
internal sealed class WaitingPublisher
{
    public WaitingPublisher(Delivery delivery)
    {
        Delivery = delivery;
        Node = new LinkedListNode<WaitingPublisher>(this);
    }

    public Delivery Delivery { get; }

    public LinkedListNode<WaitingPublisher> Node { get; }

    public TaskCompletionSource<DispatchOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
