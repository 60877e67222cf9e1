using System.Text.Json;
using System.Threading.RateLimiting;
using EventBus.Delivering;
using EventBus.Delivering.Keys;
using EventBus.Dispatching;
using EventBus.Dispatching.Lanes;
using Microsoft.Extensions.DependencyInjection;
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

    /// <summary>Whose event waits until the one before it with the same key has ended; null until a key is named.</summary>
    public Func<object, object?>? OrderKey { get; set; }

    /// <summary>Whether the events behind a dead letter of their key wait for it.</summary>
    public AfterDeadLetter AfterDeadLetter { get; set; }

    /// <summary>Whose events take turns, key by key; null until a key is named.</summary>
    public Func<object, object?>? FairKey { get; set; }

    /// <summary>Whether the handler takes several events at once.</summary>
    public virtual bool IsBatch => false;

    /// <summary>Null until a batch option is set.</summary>
    public BatchOptions? Batch { get; set; }

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

    /// <summary>The limit shared with other subscriptions; null where there is none.</summary>
    public (string Name, int Limit)? LimitGroup { get; set; }

    /// <summary>The application's own limiters, in the order in which they are asked.</summary>
    public List<RateLimiter> RateLimiters { get; } = [];

    /// <summary>Null until the subscription is made idempotent.</summary>
    public KeyRule? Idempotency { get; set; }

    public Action<ResiliencePipelineBuilder>? Resilience { get; set; }

    /// <summary>Null where nothing is published when a delivery has ended.</summary>
    public OutcomeDestinations? Outcomes { get; set; }

    /// <summary>Builds the running subscription. The definition must be valid.</summary>
    public abstract Subscription Build(
        IServiceScopeFactory scopes, DeliveryEnvironment environment, JsonSerializerOptions? patternJson = null);

    /// <summary>Whether events are to be matched at all.</summary>
    public bool HasPatterns => Patterns.Count > 0 || ConfiguredPattern is not null;

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

    protected DeliverySettings Freeze(DeliveryEnvironment environment) => new()
    {
        Retry = Retry?.Copy() ?? RetryPresets.Options(IsInline || Resilience is not null ? RetryPreset.None : RetryPreset.Default),
        NotRetryable = [.. NotRetryable],
        Timeout = Timeout ?? DeliverySettings.DefaultTimeout,
        IsTimeoutChosen = Timeout is not null && Timeout != System.Threading.Timeout.InfiniteTimeSpan,
        MaxAge = MaxAge,
        Resilience = Resilience,
        AllowsRecursion = AllowsRecursion,
        Limits = Limits(environment),
        Idempotency = Idempotency,
        Outcomes = Outcomes,
        Bisects = Batch?.Bisect == true,
    };

    protected Dispatcher BuildDispatcher(Deliverer deliverer)
    {
        if (IsInline)
        {
            return new InlineDispatcher(deliverer);
        }

        return new QueuedDispatcher(deliverer, Queue ?? new QueueOptions(), Lanes(), IsBatch ? Batch ?? new BatchOptions() : null);
    }

    // A rate first: whoever waits for it must not keep others out of the group meanwhile.
    private AttemptLimits? Limits(DeliveryEnvironment environment)
    {
        List<RateLimiter> limiters = [.. RateLimiters];
        if (LimitGroup is var (name, limit))
        {
            limiters.Add(environment.LimitGroups.Get(name, limit));
        }

        return limiters.Count == 0 ? null : new AttemptLimits(limiters, environment.Clock);
    }

    private LaneRule? Lanes() => (OrderKey, FairKey) switch
    {
        ({ } key, _) => new LaneRule(key, GoesOneByOne: true, Parks: AfterDeadLetter == AfterDeadLetter.Park),
        (_, { } key) => new LaneRule(key, GoesOneByOne: false),
        _ => null,
    };
}
