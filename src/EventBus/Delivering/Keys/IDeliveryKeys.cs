namespace EventBus.Delivering.Keys;

/// <summary>Knows which keys of one subscription are in progress and which are done. A durable form will stand beside the one in memory.</summary>
/// <remarks>Thread-safe.</remarks>
internal interface IDeliveryKeys : IDisposable
{
    /// <summary>Asks for the key of a delivery, and waits while another has it. One that has its key already gets it at once.</summary>
    /// <param name="delivery">An accepted delivery, counted as running. While it waits it is counted as queued, and as no work under way.</param>
    /// <returns>A task that fails with what the application's selector throws, and never throws before it is awaited.</returns>
    ValueTask<KeyTurn> EnterAsync(Delivery delivery);

    /// <summary>Gives the key back, where the delivery has it: done after a success, free for the next one after a failure.</summary>
    /// <remarks>Called once the delivery is settled and before that is counted: nobody must find the bus idle in between.</remarks>
    void Leave(Delivery delivery, bool succeeded);
}
