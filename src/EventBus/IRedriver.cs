using EventBus.DeadLettering;

namespace EventBus;

/// <summary>The way back up: what reads dead letters hands one over to be delivered again.</summary>
internal interface IRedriver
{
    /// <summary>Delivers a letter's event again, to the subscription that failed.</summary>
    ValueTask RedriveAsync(DeadLetter letter, CancellationToken cancellationToken);

    /// <summary>Finds out whether a letter is parked behind others of its key, and must not be taken from there.</summary>
    /// <returns>
    /// True where its key has just been set going, and it follows by itself; false where it is parked no more, and may be taken.
    /// </returns>
    /// <exception cref="InvalidOperationException">It must wait; the message says for what.</exception>
    ValueTask<bool> LeaveToItsKeyAsync(DeadLetter letter);

    /// <summary>Lets go what waits behind a letter that is no more.</summary>
    void NoteDiscarded(DeadLetter letter);

    /// <summary>Whether the bus takes nothing more.</summary>
    bool IsStopped { get; }

    /// <summary>Throws <see cref="Publishing.EventBusStoppedException"/> where nothing may be redriven any more.</summary>
    void ThrowIfStopped();
}
