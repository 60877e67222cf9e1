namespace EventBus.Delivering;

/// <summary>How an attempt failed, as far as the retry decision cares.</summary>
internal enum FailureKind
{
    /// <summary>The handler, or what builds it, threw.</summary>
    Thrown,

    /// <summary>The token fired on the attempt's timeout, and the handler ended.</summary>
    TimedOut,

    /// <summary>The token fired on the attempt's timeout, and the handler went on.</summary>
    Abandoned,

    /// <summary>The event was too old before the attempt began.</summary>
    Expired,

    /// <summary>The publisher's token fired, and the inline handler ended by it.</summary>
    PublishCancelled,

    /// <summary>The bus stopped.</summary>
    Stopped,
}
