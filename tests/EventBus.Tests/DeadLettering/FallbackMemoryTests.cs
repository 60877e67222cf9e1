using EventBus.DeadLettering;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.DeadLettering;

public sealed class FallbackMemoryTests
{
    private sealed class FlakySink : IDeadLetterSink
    {
        public bool Fails { get; set; } = true;

        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            Fails ? throw new IOException("The disk is full.") : default;
    }

    private sealed class FlakyStore : IDeadLetterStore
    {
        private readonly InMemoryDeadLetterStore _inner = new(100, () => { });

        public bool Fails { get; set; } = true;

        public int Count => _inner.Count;

        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            Fails ? throw new IOException("The disk is full.") : _inner.WriteAsync(letter, cancellationToken);

        public IAsyncEnumerable<DeadLetter> QueryAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
            _inner.QueryAsync(query, cancellationToken);

        public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) => _inner.FindAsync(id, cancellationToken);

        public ValueTask<DeadLetter?> TryRemoveAsync(Guid id, CancellationToken cancellationToken) =>
            _inner.TryRemoveAsync(id, cancellationToken);
    }

    [Fact]
    public async Task Query_OverStoreAndMemory_ListsTheOldestFirst()
    {
        await using TestStand stand = Failing(bus => bus.UseDeadLetterStore<FlakyStore>());
        await FailAsync(stand, "first");
        stand.Services.GetRequiredService<FlakyStore>().Fails = false;
        await FailAsync(stand, "second");

        Assert.Equal(["first", "second"], (await stand.LettersAsync()).Select(letter => letter.Event));
        Assert.Equal(["first"], (await stand.LettersAsync(new DeadLetterQuery { Limit = 1 })).Select(letter => letter.Event));
    }

    [Fact]
    public async Task Redrive_RefusedLetterThatMemoryKeptForASink_StaysWhereItCanBeFound()
    {
        await using TestStand stand = Failing(bus => bus.UseDeadLetterSink<FlakySink>());
        await using (stand.Bus.Subscribe<int>("gone", (_, _, _) => throw new InvalidOperationException(), builder => builder.Inline()))
        {
            await stand.PublishAsync(1);
        }

        DeadLetter letter = await stand.LetterAsync();
        stand.Services.GetRequiredService<FlakySink>().Fails = false;

        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation));

        Assert.Same(letter, await stand.DeadLetters.FindAsync(letter.Id, TestStand.Cancellation));
    }

    private static TestStand Failing(Action<EventBusBuilder> configure) => TestStand.Build(bus =>
    {
        bus.Subscribe<string>("s", (_, _, _) => throw new InvalidOperationException()).Inline();
        configure(bus);
    });

    private static async Task FailAsync(TestStand stand, string @event)
    {
        await stand.PublishAsync(@event);
        stand.Clock.Advance(TimeSpan.FromSeconds(1));
    }
}
