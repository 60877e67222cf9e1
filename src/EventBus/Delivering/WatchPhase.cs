namespace EventBus.Delivering;

/// <summary>How far <see cref="AttemptWatch"/> has come with an attempt.</summary>
internal enum WatchPhase
{
    Unwatched,
    BeforeTimeout,
    BeforeAbandonment,
}
