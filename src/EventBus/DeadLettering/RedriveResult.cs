namespace EventBus.DeadLettering;

/// <summary>What a redrive of many letters came to.</summary>
/// <param name="Matched">How many letters met the query.</param>
/// <param name="Redriven">How many were taken by their subscription. Zero in a dry run.</param>
/// <param name="Kept">How many had to stay: their subscription is gone, or its queue is full and does not wait. Zero in a dry run.</param>
public sealed record RedriveResult(int Matched, int Redriven, int Kept);
