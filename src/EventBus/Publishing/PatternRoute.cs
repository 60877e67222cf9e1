namespace EventBus.Publishing;

/// <summary>A route that the index of a topic knows, without its type.</summary>
internal abstract class PatternRoute
{
    /// <summary>Takes it out of the index, once no publish may see it any more. Called by one thread at a time.</summary>
    public abstract void Forget();
}
