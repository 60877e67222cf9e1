using EventBus.Benchmarks.Queueing;
using Rebus.Activation;
using Rebus.Bus;
using Rebus.Config;
using Rebus.Transport.InMem;

namespace EventBus.Benchmarks.Peers;

/// <summary>Rebus with its in-memory transport, with its defaults.</summary>
internal sealed class RebusPeer : IAsyncDisposable
{
    private readonly BuiltinHandlerActivator _handlers = new();
    private readonly IBus _bus;

    public RebusPeer(Countdown countdown)
    {
        _handlers.Handle<Measured>(@event =>
        {
            countdown.SignalFromMany(@event);
            return Task.CompletedTask;
        });
        _bus = Configure.With(_handlers)
            .Logging(static logging => logging.None())
            .Transport(static transport => transport.UseInMemoryTransport(new InMemNetwork(), "measured"))
            .Start();
        _bus.Subscribe<Measured>().GetAwaiter().GetResult();
    }

    public PublishDoor Publish => new(_bus);

    public ValueTask DisposeAsync()
    {
        _handlers.Dispose();
        return default;
    }

    public readonly struct PublishDoor(IBus bus) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => new(bus.Publish(@event));
    }
}
