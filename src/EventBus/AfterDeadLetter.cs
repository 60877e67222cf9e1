namespace EventBus;

/// <summary>What becomes of the later events of a key, when one of them has become a dead letter.</summary>
public enum AfterDeadLetter
{
    /// <summary>They go on as if it had succeeded.</summary>
    Continue,

    /// <summary>
    /// They wait behind it among the dead letters, each with reason <see cref="DeadLetterReason.Parked"/>. When the first is redriven and
    /// succeeds, or is discarded, they are redriven in their order by themselves.
    /// </summary>
    Park,
}
