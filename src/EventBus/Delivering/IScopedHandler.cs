namespace EventBus.Delivering;

/// <summary>Marks what calls a handler class, of which it cannot be seen whether it waits.</summary>
internal interface IScopedHandler;
