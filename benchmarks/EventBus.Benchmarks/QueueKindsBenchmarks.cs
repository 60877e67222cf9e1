using BenchmarkDotNet.Attributes;

namespace EventBus.Benchmarks;

/// <summary>Events of 10,000 keys through each kind of queue to a trivial handler, from the first publish to the last handled one.</summary>
/// <remarks>The figures are for one event of one producer.</remarks>
[MemoryDiagnoser]
public class QueueKindsBenchmarks
{
    private const int Events = 100_000;
    private const int Keys = 10_000;
    private const int Capacity = 8_192;

    private readonly Parcel[] _parcels = [.. Enumerable.Range(0, Keys).Select(static i => new Parcel($"parcel {i}"))];
    private readonly PublishOptions _later = new() { DeliverAfter = TimeSpan.FromMilliseconds(1) };
    private BenchmarkBus _bus = null!;
    private IEventPublisher<Parcel> _publisher = null!;
    private TaskCompletionSource _ended = new();
    private int _left;

    [GlobalSetup(Targets = [nameof(Plain), nameof(Delayed)])]
    public void SetUpPlain() => SetUp(static _ => { });

    [GlobalSetup(Target = nameof(Ordered))]
    public void SetUpOrdered() => SetUp(static subscription => subscription.OrderBy(static parcel => parcel.Id));

    [GlobalSetup(Target = nameof(OrderedInOneKey))]
    public void SetUpInOrder() => SetUp(static subscription => subscription.InOrder());

    [GlobalSetup(Target = nameof(Fair))]
    public void SetUpFair() => SetUp(static subscription => subscription.FairBy(static parcel => parcel.Id));

    [GlobalCleanup]
    public async Task CleanUp() => await _bus.DisposeAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public Task Plain() => RunAsync(options: null);

    [Benchmark(OperationsPerInvoke = Events, Description = "OrderBy, 10,000 keys")]
    public Task Ordered() => RunAsync(options: null);

    [Benchmark(OperationsPerInvoke = Events, Description = "InOrder, one key")]
    public Task OrderedInOneKey() => RunAsync(options: null);

    [Benchmark(OperationsPerInvoke = Events, Description = "FairBy, 10,000 keys")]
    public Task Fair() => RunAsync(options: null);

    [Benchmark(OperationsPerInvoke = Events, Description = "DeliverAfter, a millisecond")]
    public Task Delayed() => RunAsync(_later);

    private void SetUp(Action<SubscriptionBuilder<Parcel>> kind)
    {
        _bus = new BenchmarkBus(bus =>
        {
            SubscriptionBuilder<Parcel> subscription = bus.Subscribe<Parcel>("parcels", (_, _, _) =>
            {
                if (Interlocked.Decrement(ref _left) == 0)
                {
                    _ended.SetResult();
                }

                return default;
            }).Queue(static queue => queue.Capacity = Capacity);
            kind(subscription);
        });
        _publisher = _bus.PublisherOf<Parcel>();
    }

    private async Task RunAsync(PublishOptions? options)
    {
        _left = Events;
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.Run(() => ProduceAsync(options));
        await _ended.Task;
    }

    private async Task ProduceAsync(PublishOptions? options)
    {
        for (int i = 0; i < Events; i++)
        {
            Parcel parcel = _parcels[i % Keys];
            await (options is null ? _publisher.PublishAsync(parcel) : _publisher.PublishAsync(parcel, options));
        }
    }

    /// <summary>The event.</summary>
    public sealed record Parcel(string Id);
}
