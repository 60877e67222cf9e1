using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace EventBus.Awaiting;

/// <summary>What waits for the events of one bus.</summary>
/// <remarks>Thread-safe. Found by the bus, and gone with it.</remarks>
internal sealed class AwaitingDesk
{
    private static readonly ConditionalWeakTable<IEventBus, AwaitingDesk> Desks = [];

    private readonly IEventBus _bus;
    private readonly ConcurrentDictionary<Type, object> _lookouts = new();

    private AwaitingDesk(IEventBus bus) => _bus = bus;

    public AwaitingNames Names { get; } = new();

    public static AwaitingDesk Of(IEventBus bus) => Desks.GetValue(bus, static bus => new AwaitingDesk(bus));

    public Lookout<TEvent> LookoutFor<TEvent>()
        where TEvent : notnull =>
        (Lookout<TEvent>)_lookouts.GetOrAdd(typeof(TEvent), static (_, desk) => new Lookout<TEvent>(desk._bus, desk.Names), this);
}
