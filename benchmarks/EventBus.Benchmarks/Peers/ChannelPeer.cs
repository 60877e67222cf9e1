using System.Threading.Channels;

namespace EventBus.Benchmarks.Peers;

/// <summary>The least that the framework can do for a queue: a channel with one reader that calls the handler.</summary>
internal sealed class ChannelPeer : IAsyncDisposable
{
    private readonly Channel<Measured> _channel;
    private readonly Task _reading;

    private ChannelPeer(Channel<Measured> channel, Action<Measured> handler)
        : this(channel, reader => ReadAsync(reader, handler))
    {
    }

    private ChannelPeer(Channel<Measured> channel, Func<ChannelReader<Measured>, Task> read)
    {
        _channel = channel;
        _reading = Task.Run(() => read(channel.Reader));
    }

    public WriterDoor Writer => new(_channel.Writer);

    public static ChannelPeer Bounded(Action<Measured> handler, int capacity) => new(
        Channel.CreateBounded<Measured>(new BoundedChannelOptions(capacity) { SingleReader = true }), handler);

    /// <summary>One whose reader gathers what is there in a list, and hands that to the handler.</summary>
    public static ChannelPeer Batched(Action<IReadOnlyList<Measured>> handler, int capacity, int size) => new(
        Channel.CreateBounded<Measured>(new BoundedChannelOptions(capacity) { SingleReader = true }),
        reader => ReadAsync(reader, handler, size));

    public static ChannelPeer Unbounded(Action<Measured> handler) => new(
        Channel.CreateUnbounded<Measured>(new UnboundedChannelOptions { SingleReader = true }), handler);

    public async ValueTask DisposeAsync()
    {
        _channel.Writer.Complete();
        await _reading;
    }

    private static async Task ReadAsync(ChannelReader<Measured> reader, Action<Measured> handler)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out Measured? @event))
            {
                handler(@event);
            }
        }
    }

    private static async Task ReadAsync(ChannelReader<Measured> reader, Action<IReadOnlyList<Measured>> handler, int size)
    {
        while (await reader.WaitToReadAsync())
        {
            List<Measured> batch = new(size);
            while (batch.Count < size && reader.TryRead(out Measured? @event))
            {
                batch.Add(@event);
            }

            handler(batch);
        }
    }

    public readonly struct WriterDoor(ChannelWriter<Measured> writer) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => writer.WriteAsync(@event);
    }
}
