namespace EventBus.Delivering;

/// <summary>The subscriptions whose handlers share one <see cref="Attempt"/>, by their place in the order of calling.</summary>
internal interface IAttemptPlaces
{
    string NameAt(int place);

    AttemptWatch WatchAt(int place);
}
