using System.Text.Json;
using EventBus.Delivering;
using EventBus.Dispatching;
using Polly;

namespace EventBus.Subscriptions;

/// <summary>What the application said about a subscription, before it is checked and built.</summary>
/// <remarks>Written by its builder and by the configuration, one after the other; read once.</remarks>
internal abstract class SubscriptionDefinition(string name, Type eventType)
{
    private TimeSpan? _maxAge;
    private bool _isAgeOfPreset;

    public string Name { get; } = name;

    public Type EventType { get; } = eventType;

    /// <summary>The handler's class; null for a lambda.</summary>
    public Type? HandlerType { get; init; }

    /// <summary>The patterns of the code; all must match.</summary>
    public List<PatternText> Patterns { get; } = [];

    /// <summary>The configuration's pattern, which stands for all those of the code; null where it gives none.</summary>
    public string? ConfiguredPattern { get; set; }

    public bool IsInline { get; set; }

    public InlineFailure InlineFailure { get; set; }

    /// <summary>Null until a queue option is set: an inline subscription must not have any.</summary>
    public QueueOptions? Queue { get; set; }

    /// <summary>Null until a retry option is set: the default depends on how the subscription delivers.</summary>
    public RetryOptions? Retry { get; set; }

    public List<Type> NotRetryable { get; } = [];

    public TimeSpan? Timeout { get; set; }

    public TimeSpan? MaxAge
    {
        get => _maxAge;
        set => (_maxAge, _isAgeOfPreset) = (value, false);
    }

    public bool AllowsRecursion { get; set; }

    public Action<ResiliencePipelineBuilder>? Resilience { get; set; }

    /// <summary>Null where nothing is published when a delivery has ended.</summary>
    public OutcomeDestinations? Outcomes { get; set; }

    /// <summary>Builds the running subscription. The definition must be valid.</summary>
    public abstract Subscription Build(
        IServiceProvider services, DeliveryEnvironment environment, JsonSerializerOptions? patternJson = null);

    /// <summary>Finds what is wrong with the patterns: text that is none, or a field that the event's type cannot have.</summary>
    public abstract IEnumerable<string> CheckPatterns(JsonSerializerOptions? patternJson);

    /// <summary>Replaces the schedule by a documented one.</summary>
    public void UsePreset(RetryPreset preset)
    {
        Retry = RetryPresets.Options(preset);
        if (RetryPresets.MaxAge(preset) is { } age)
        {
            (_maxAge, _isAgeOfPreset) = (age, true);
        }
        else if (_isAgeOfPreset)
        {
            MaxAge = null;
        }
    }

    protected DeliverySettings Freeze() => new()
    {
        Retry = Copy(Retry ?? RetryPresets.Options(IsInline || Resilience is not null ? RetryPreset.None : RetryPreset.Default)),
        NotRetryable = [.. NotRetryable],
        Timeout = Timeout ?? DeliverySettings.DefaultTimeout,
        IsTimeoutChosen = Timeout is not null && Timeout != System.Threading.Timeout.InfiniteTimeSpan,
        MaxAge = MaxAge,
        Resilience = Resilience,
        AllowsRecursion = AllowsRecursion,
        Outcomes = Outcomes,
    };

    protected Dispatcher BuildDispatcher(Deliverer deliverer)
    {
        if (IsInline)
        {
            return new InlineDispatcher(deliverer);
        }

        QueueOptions queue = Queue ?? new QueueOptions();
        return new QueuedDispatcher(
            deliverer,
            new QueueOptions { Capacity = queue.Capacity, MaxConcurrency = queue.MaxConcurrency, FullMode = queue.FullMode });
    }

    private static RetryOptions Copy(RetryOptions options) => new()
    {
        MaxRetryAttempts = options.MaxRetryAttempts,
        Delay = options.Delay,
        MaxDelay = options.MaxDelay,
        Backoff = options.Backoff,
        UseJitter = options.UseJitter,
    };
}
