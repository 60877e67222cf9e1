namespace EventBus.Benchmarks.Handling;

/// <summary>A handler as every contestant calls it.</summary>
public abstract class Handler
{
    private static readonly Type[] Digits = [typeof(Zero), typeof(One), typeof(Two), typeof(Three)];

    /// <summary>The events handled, each counted by its value, which is 1.</summary>
    public long Handled { get; set; }

    /// <summary>The i-th of 64 handlers that do the same, each of a type of its own.</summary>
    public static Handler Of<TWork>(int i)
        where TWork : struct, IWork
    {
        Type mark = typeof(Mark<,,>).MakeGenericType(Digits[i / 16 % 4], Digits[i / 4 % 4], Digits[i % 4]);
        Type handler = typeof(Handler<,>).MakeGenericType(mark, typeof(TWork));
        return (Handler)handler.GetField(nameof(Handler<,>.Shared))!.GetValue(null)!;
    }

    /// <summary>A generic class over this handler's mark and work: by such a class a peer finds the handler.</summary>
    public Type As(Type definition) => definition.MakeGenericType(GetType().GetGenericArguments());

    public abstract bool Wants(Measured @event);

    public abstract void Handle(Measured @event);

    public abstract ValueTask HandleAsync(Measured @event, CancellationToken cancellationToken);

    public abstract ValueTask HandleAsync(Measured @event, EventContext context, CancellationToken cancellationToken);
}
