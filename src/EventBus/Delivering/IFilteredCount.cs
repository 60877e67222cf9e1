namespace EventBus.Delivering;

/// <summary>Events that were turned away where nobody counts each of them one by one. Thread-safe.</summary>
internal interface IFilteredCount
{
    /// <summary>How many they are at this moment.</summary>
    long Filtered { get; }
}
