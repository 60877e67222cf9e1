namespace EventBus.Publishing.Delaying;

/// <summary>Reads from a publisher's options when the event is due.</summary>
internal static class DueTime
{
    /// <returns>The time, UTC and later than now; null where the event is due at once.</returns>
    /// <exception cref="ArgumentException">The options say no time that can be waited for.</exception>
    public static DateTimeOffset? Of(PublishOptions options, TimeProvider clock)
    {
        if (options.DeliverAfter is not null && options.DeliverAt is not null)
        {
            throw new ArgumentException(
                $"{nameof(PublishOptions.DeliverAfter)} is {options.DeliverAfter} and {nameof(PublishOptions.DeliverAt)} is " +
                $"{options.DeliverAt:O}. An event has one time at which it is due. " +
                $"Set one of the two: new {nameof(PublishOptions)} {{ {nameof(PublishOptions.DeliverAfter)} = TimeSpan.FromHours(1) }}.",
                nameof(options));
        }

        if (options.DeliverAfter is { } after)
        {
            return After(options, after, clock.GetUtcNow());
        }

        return options.DeliverAt is { } at && at > clock.GetUtcNow() ? at.ToUniversalTime() : null;
    }

    private static DateTimeOffset? After(PublishOptions options, TimeSpan after, DateTimeOffset now)
    {
        if (after < TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"{nameof(PublishOptions.DeliverAfter)} is {after}. Nothing can be delivered before it is published. Write zero or more: " +
                $"new {nameof(PublishOptions)} {{ {nameof(PublishOptions.DeliverAfter)} = TimeSpan.FromHours(1) }}.",
                nameof(options));
        }

        if (after > DateTimeOffset.MaxValue - now)
        {
            throw new ArgumentException(
                $"{nameof(PublishOptions.DeliverAfter)} is {after}. From now that is later than any time there is. " +
                $"Write a time before {DateTimeOffset.MaxValue:yyyy-MM-dd}, such as " +
                $"new {nameof(PublishOptions)} {{ {nameof(PublishOptions.DeliverAfter)} = TimeSpan.FromDays(365) }}.",
                nameof(options));
        }

        return after == TimeSpan.Zero ? null : now.ToUniversalTime() + after;
    }
}
