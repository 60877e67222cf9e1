using EventBus.Diagnostics;

namespace EventBus.Tests;

public sealed class EventBusAwaitingExtensionsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private sealed record Question(int Number);

    private sealed record Answer(int Number);

    [Fact]
    public async Task AnyBus_ThatSubscribesAndPublishes_CanBeAwaited()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<Question>("s", (_, _, _) => default).Inline());
        IEventBus bus = new PlainBus(stand.Bus);
        await using IAsyncEnumerator<Answer> reader = bus.StreamAsync<Answer>().GetAsyncEnumerator(TestStand.Cancellation);

        ValueTask<Answer> next = bus.NextAsync<Answer>(answer => answer.Number == 2, Patience, TestStand.Cancellation);
        await bus.PublishAsync(new Answer(2), TestStand.Cancellation);

        Assert.Equal(2, (await next).Number);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(2, reader.Current.Number);
        await Assert.ThrowsAsync<TimeoutException>(
            () => bus.RequestAsync<Answer>(new Question(1), TimeSpan.FromMilliseconds(1), TestStand.Cancellation));
    }

    [Fact]
    public async Task Arguments_ThatAreNull_AreRefusedAtOnce()
    {
        await using var stand = TestStand.Build(_ => { });
        IEventBus none = null!;

        Assert.Throws<ArgumentNullException>(() => { _ = none.NextAsync<Answer>(Patience).AsTask(); });
        Assert.Throws<ArgumentNullException>(() => { _ = none.NextAsync<Answer>(_ => true, Patience).AsTask(); });
        Assert.Throws<ArgumentNullException>(() => { _ = stand.Bus.NextAsync<Answer>(null!, Patience).AsTask(); });
        Assert.Throws<ArgumentNullException>(() => { _ = none.StreamAsync<Answer>(); });
        Assert.Throws<ArgumentNullException>(() => { _ = none.RequestAsync<Answer>(new Question(1), Patience); });
        Assert.Throws<ArgumentNullException>(() => { _ = stand.Bus.RequestAsync<Answer>(null!, Patience); });
    }

    [Fact]
    public async Task ClockOfTheBus_IsTheRegisteredOne()
    {
        await using var stand = TestStand.Build(_ => { });

        Assert.Same(stand.Clock, stand.Bus.Clock);
        Assert.Same(TimeProvider.System, ((IEventBus)new PlainBus(stand.Bus)).Clock);
    }

    /// <summary>A bus of the application's own that knows neither clock nor end.</summary>
    private sealed class PlainBus(IEventBus inner) : IEventBus
    {
        public ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken)
            where TEvent : notnull => inner.PublishAsync(@event, cancellationToken);

        public ValueTask PublishAsync<TEvent>(TEvent @event, PublishOptions options, CancellationToken cancellationToken)
            where TEvent : notnull => inner.PublishAsync(@event, options, cancellationToken);

        public IEventSubscription Subscribe<TEvent>(
            string name,
            Func<TEvent, EventContext, CancellationToken, ValueTask> handler,
            Action<SubscriptionBuilder<TEvent>>? configure)
            where TEvent : notnull => inner.Subscribe(name, handler, configure);

        public ValueTask<bool> CancelDelayedAsync(Guid eventId, CancellationToken cancellationToken) =>
            inner.CancelDelayedAsync(eventId, cancellationToken);

        public EventExplanation Explain<TEvent>(TEvent @event)
            where TEvent : notnull => inner.Explain(@event);
    }
}
