namespace EventBus.Filtering;

/// <summary>What a subscription's filter says of an event.</summary>
/// <param name="IsMatch">Whether the subscription wants it.</param>
/// <param name="Failure">What the filter threw; null where it answered.</param>
internal readonly record struct FilterVerdict(bool IsMatch, Exception? Failure);
