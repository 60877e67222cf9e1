using EventBus.DeadLettering;

namespace EventBus;

/// <summary>The way back up: what reads dead letters hands one over to be delivered again.</summary>
internal interface IRedriver
{
    /// <summary>Delivers a letter's event again, to the subscription that failed.</summary>
    ValueTask RedriveAsync(DeadLetter letter, CancellationToken cancellationToken);

    /// <summary>Whether the bus takes nothing more.</summary>
    bool IsStopped { get; }

    /// <summary>Throws <see cref="Publishing.EventBusStoppedException"/> where nothing may be redriven any more.</summary>
    void ThrowIfStopped();
}
