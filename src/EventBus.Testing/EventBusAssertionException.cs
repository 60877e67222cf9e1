namespace EventBus.Testing;

/// <summary>What a test expected of the bus did not happen, or the bus did not become idle. The message tells what did happen.</summary>
/// <param name="message">What was expected, what was found, and the journal of the recording.</param>
public sealed class EventBusAssertionException(string message) : Exception(message);
