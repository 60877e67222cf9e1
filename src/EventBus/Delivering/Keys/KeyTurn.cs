namespace EventBus.Delivering.Keys;

/// <summary>What becomes of a delivery that has asked for its key.</summary>
internal enum KeyTurn
{
    /// <summary>It has the key until it leaves, and is handled.</summary>
    Run,

    /// <summary>The key is done: there is nothing to handle.</summary>
    Done,

    /// <summary>The bus stopped first.</summary>
    Stopped,

    /// <summary>The publisher's token fired first.</summary>
    PublishCancelled,
}
