using System.Threading.Channels;
using BenchmarkDotNet.Attributes;

namespace EventBus.Benchmarks;

/// <summary>One producer, one consumer with a trivial handler, from the first publish to the last handled event.</summary>
/// <remarks>The figures are for one event.</remarks>
[MemoryDiagnoser]
public class QueuedPublishBenchmarks
{
    private const int Events = 100_000;

    private readonly Measured _event = new(1);
    private readonly Countdown _countdown = new();
    private BenchmarkBus _bus = null!;
    private IEventPublisher<Measured> _publisher = null!;
    private Channel<Measured> _channel = null!;
    private Task _reading = Task.CompletedTask;

    [Params(1_024, 8_192)]
    public int Capacity { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bus = new BenchmarkBus(bus => bus
            .Subscribe<Measured>("handler", (_, _, _) =>
            {
                _countdown.Signal();
                return default;
            })
            .Queue(queue =>
            {
                queue.Capacity = Capacity;
                queue.MaxConcurrency = 1;
            }));
        _publisher = _bus.Publisher;
        _channel = Channel.CreateBounded<Measured>(
            new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        _reading = Task.Run(ReadAsync);
        _countdown.Start(1);
        _publisher.PublishAsync(_event).AsTask().GetAwaiter().GetResult();
        _countdown.Ended.GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _channel.Writer.Complete();
        await _reading;
        await _bus.Monitor.WhenIdleAsync();
        _bus.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public async Task BoundedChannel()
    {
        _countdown.Start(Events);
        for (int i = 0; i < Events; i++)
        {
            await _channel.Writer.WriteAsync(_event);
        }

        await _countdown.Ended;
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public async Task QueuedSubscription()
    {
        _countdown.Start(Events);
        for (int i = 0; i < Events; i++)
        {
            await _publisher.PublishAsync(_event);
        }

        await _countdown.Ended;
    }

    private async Task ReadAsync()
    {
        ChannelReader<Measured> reader = _channel.Reader;
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out _))
            {
                _countdown.Signal();
            }
        }
    }

    /// <summary>Ends a task at the last of so many events. Signalled by one consumer at a time.</summary>
    private sealed class Countdown
    {
        private TaskCompletionSource _ended = new();
        private int _left;

        public Task Ended => _ended.Task;

        public void Start(int events)
        {
            _left = events;
            _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public void Signal()
        {
            if (--_left == 0)
            {
                _ended.SetResult();
            }
        }
    }
}
