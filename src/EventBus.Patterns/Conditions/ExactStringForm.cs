namespace EventBus.Patterns.Conditions;

/// <summary>The ways a pattern may write one exact string.</summary>
internal enum ExactStringForm : byte
{
    /// <summary>As a plain string. In the EventBridge profile one that is no address.</summary>
    Plain,

    /// <summary>As <c>{"exactly":"a"}</c>.</summary>
    Exactly,

    /// <summary>As a wildcard without a star.</summary>
    Wildcard,
}
