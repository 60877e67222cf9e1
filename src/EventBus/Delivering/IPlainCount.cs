namespace EventBus.Delivering;

/// <summary>What somebody counts of one subscription's deliveries that end in the step in which they begin.</summary>
internal interface IPlainCount : IFilteredCount
{
    /// <summary>Deliveries accepted and succeeded. Never decreases.</summary>
    long Succeeded { get; }
}
