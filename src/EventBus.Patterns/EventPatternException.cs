namespace EventBus.Patterns;

/// <summary>A pattern was refused. Nothing of it was kept.</summary>
public sealed class EventPatternException : FormatException
{
    /// <summary>Refuses a pattern for the reason given.</summary>
    /// <param name="error">Where and why.</param>
    /// <exception cref="ArgumentNullException"><paramref name="error"/> is null.</exception>
    public EventPatternException(EventPatternError error)
        : base(error?.ToString())
    {
        ArgumentNullException.ThrowIfNull(error);
        Error = error;
    }

    /// <summary>The reason, in parts.</summary>
    public EventPatternError Error { get; }

    /// <inheritdoc cref="EventPatternError.Path"/>
    public string Path => Error.Path;

    /// <inheritdoc cref="EventPatternError.Line"/>
    public int Line => Error.Line;

    /// <inheritdoc cref="EventPatternError.Column"/>
    public int Column => Error.Column;

    /// <inheritdoc cref="EventPatternError.Problem"/>
    public string Problem => Error.Problem;

    /// <inheritdoc cref="EventPatternError.Remedy"/>
    public string Remedy => Error.Remedy;
}
