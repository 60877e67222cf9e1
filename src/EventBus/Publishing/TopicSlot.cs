namespace EventBus.Publishing;

/// <summary>Gives out the numbers of <see cref="TopicSlot{TEvent}"/>.</summary>
internal static class TopicSlots
{
    private static int _last = -1;

    public static int Next() => Interlocked.Increment(ref _last);
}

/// <summary>The number of a type, the same in every bus of the process.</summary>
internal static class TopicSlot<TEvent>
{
    public static readonly int Number = TopicSlots.Next();
}
