using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Events;

/// <summary>An element of an array in an event. Two elements of one array never serve one match together.</summary>
/// <param name="Parent">The element around the array; 0 for the event itself. Always lower than the element's own number.</param>
/// <param name="Array">The name under which the array stands.</param>
internal readonly record struct ElementEntry(int Parent, FieldNode? Array);
