using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using EventBus.Delivering;

namespace EventBus.Publishing;

/// <summary>The routes that one event takes, in their order: those of the table, and among them those that the index has found.</summary>
/// <remarks>Used by one flow. Its thread keeps one for the next event.</remarks>
internal sealed class RouteSelection<TEvent> : IAttemptPlaces
{
    // Arrays of each length up to here are kept. The straight line runs along whole arrays: a count beside them costs it 2 %.
    private const int LongestKept = 32;

    [ThreadStatic]
    private static RouteSelection<TEvent>? _spare;

    private readonly List<PatternRoute<TEvent>> _found = [];
    private readonly Route<TEvent>[]?[] _byLength = new Route<TEvent>[LongestKept + 1][];

    public Route<TEvent>[] Routes { get; private set; } = [];

    /// <summary>Selects the routes of an event that the index has counted. Never throws.</summary>
    public static RouteSelection<TEvent> Of(TEvent @event, RouteTable<TEvent> table, PatternIndex<TEvent> index)
    {
        // Taken away: a property of the event may publish too.
        RouteSelection<TEvent> selection = _spare ?? new();
        _spare = null;
        if (selection.TryFind(@event, table.Version, index))
        {
            selection.Merge(table.Routes);
        }
        else
        {
            selection.TakeAll(table);
        }

        return selection;
    }

    public string NameAt(int place) => Routes[place].Subscription.Name;

    public AttemptWatch WatchAt(int place) => Routes[place].Subscription.Deliverer.Watch;

    /// <summary>Gives it back, where nobody holds its routes any more.</summary>
    public void Return()
    {
        // What has ended meanwhile must not be kept alive from here.
        Array.Clear(Routes);
        _found.Clear();
        _spare = this;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A property of the event is the application's code.")]
    private bool TryFind(TEvent @event, int tableVersion, PatternIndex<TEvent> index)
    {
        try
        {
            index.Match(@event, _found);
        }
        catch (Exception)
        {
            // Not known whose pattern reads the property that throws: each is asked by itself, and fails by itself.
            return false;
        }

        for (int i = _found.Count - 1; i >= 0; i--)
        {
            if (!_found[i].IsIn(tableVersion))
            {
                _found[i] = _found[^1];
                _found.RemoveAt(_found.Count - 1);
            }
        }

        if (_found.Count > 1)
        {
            CollectionsMarshal.AsSpan(_found).Sort(static (left, right) => left.Order.CompareTo(right.Order));
        }

        return true;
    }

    private void Merge(Route<TEvent>[] others)
    {
        Reserve(others.Length + _found.Count);
        Route<TEvent>[] routes = Routes;
        int count = 0;
        int other = 0;
        foreach (PatternRoute<TEvent> found in CollectionsMarshal.AsSpan(_found))
        {
            while (other < others.Length && others[other].Subscription.Order < found.Order)
            {
                routes[count++] = others[other++];
            }

            found.CountFound();
            routes[count++] = found.Found;
        }

        Array.Copy(others, other, routes, count, others.Length - other);
    }

    private void TakeAll(RouteTable<TEvent> table)
    {
        foreach (PatternRoute<TEvent> route in table.Patterns)
        {
            // The index counted the event, and the route's own filter will.
            route.CountFound();
        }

        Reserve(table.All.Length);
        table.All.CopyTo(Routes, 0);
    }

    private void Reserve(int length)
    {
        if (length <= LongestKept)
        {
            Routes = _byLength[length] ??= new Route<TEvent>[length];
        }
        else if (Routes.Length != length)
        {
            Routes = new Route<TEvent>[length];
        }
    }
}
