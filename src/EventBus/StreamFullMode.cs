namespace EventBus;

/// <summary>What becomes of an event when the reader of a stream is slow and the stream's buffer is full.</summary>
public enum StreamFullMode
{
    /// <summary>The oldest event in the buffer is dropped and counted. Publishers never wait, and the reader sees the latest.</summary>
    DropOldest,

    /// <summary>The event that arrives is dropped and counted. Publishers never wait.</summary>
    DropNewest,

    /// <summary>The publisher waits for the reader (back-pressure). A publish made inside a handler overflows the bound instead.</summary>
    Wait,

    /// <summary>The stream ends, after what is buffered, with a <see cref="Awaiting.StreamOverflowException"/>.</summary>
    Fail,
}
