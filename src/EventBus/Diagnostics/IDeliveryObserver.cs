namespace EventBus.Diagnostics;

/// <summary>Is told what happens to each event: for a live view, an audit trail or a test.</summary>
/// <remarks>
/// Added with <see cref="EventBusBuilder.AddObserver{TObserver}"/>. Called in the publisher's or worker's own flow, from many
/// threads at once, so it should be quick and must be thread-safe. What it throws is logged and goes no further. A queued
/// delivery runs while its publisher goes on, so <see cref="DeliveryStage.Accepted"/> may be told after what came of it.
/// </remarks>
public interface IDeliveryObserver
{
    /// <summary>Takes note of one thing that happened.</summary>
    /// <param name="observation">What happened, to which event, in which subscription.</param>
    void Observe(in DeliveryObservation observation);
}
