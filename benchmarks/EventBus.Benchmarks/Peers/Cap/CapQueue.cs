using System.Threading.Channels;
using DotNetCore.CAP;
using DotNetCore.CAP.Messages;
using DotNetCore.CAP.Transport;

namespace EventBus.Benchmarks.Peers.Cap;

/// <summary>The least transport that CAP runs on: a channel for the one group of consumers.</summary>
internal sealed class CapQueue : ITransport, IConsumerClientFactory
{
    private readonly Channel<TransportMessage> _messages = Channel.CreateUnbounded<TransportMessage>();

    public BrokerAddress BrokerAddress { get; } = new("memory", "localhost");

    public Task<OperateResult> SendAsync(TransportMessage message) => Task.FromResult(
        _messages.Writer.TryWrite(message) ? OperateResult.Success : OperateResult.Failed(new InvalidOperationException("The queue is closed.")));

    public Task<IConsumerClient> CreateAsync(string groupName, byte groupConcurrent) =>
        Task.FromResult<IConsumerClient>(new Client(_messages.Reader, groupName, BrokerAddress));

    private sealed class Client(ChannelReader<TransportMessage> messages, string group, BrokerAddress address) : IConsumerClient
    {
        public BrokerAddress BrokerAddress => address;

        public Func<TransportMessage, object?, Task>? OnMessageCallback { get; set; }

        public Action<LogMessageEventArgs>? OnLogCallback { get; set; }

        public Task<ICollection<string>> FetchTopicsAsync(IEnumerable<string> topicNames) =>
            Task.FromResult<ICollection<string>>([.. topicNames]);

        public Task SubscribeAsync(IEnumerable<string> topics) => Task.CompletedTask;

        public async Task ListeningAsync(TimeSpan timeout, CancellationToken cancellationToken)
        {
            await foreach (TransportMessage message in messages.ReadAllAsync(cancellationToken))
            {
                message.Headers[Headers.Group] = group;
                await OnMessageCallback!(message, null);
            }
        }

        public Task CommitAsync(object? sender) => Task.CompletedTask;

        public Task RejectAsync(object? sender) => throw new InvalidOperationException("CAP refused a message.");

        public ValueTask DisposeAsync() => default;
    }
}
