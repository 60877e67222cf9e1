namespace EventBus.Patterns.Tests.Conformance;

/// <summary>Collects what went wrong over many cases, so that one message shows the first few and how many there are.</summary>
internal sealed class Disagreements
{
    private const int Shown = 10;

    private readonly List<string> _first = [];
    private int _cases;
    private int _count;

    public void Compare(bool expected, bool actual, Func<string> describe)
    {
        _cases++;
        if (expected != actual)
        {
            Add($"expected {expected}, got {actual}: {describe()}");
        }
    }

    /// <summary>Compares a verdict that may fail to come at all.</summary>
    public void Compare(bool expected, Func<bool> actual, Func<string> describe)
    {
        try
        {
            Compare(expected, actual(), describe);
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.IAssertionException)
        {
            _cases++;
            Add($"expected {expected}, got {exception.GetType().Name} '{exception.Message}': {describe()}");
        }
    }

    /// <summary>Compares the keys that match with those that should.</summary>
    public void Compare<TKey>(IReadOnlyCollection<TKey> expected, IReadOnlyCollection<TKey> actual, Func<TKey, string> describe)
        where TKey : notnull
    {
        _cases++;
        foreach (TKey key in expected.Except(actual))
        {
            Add($"key {key} is missing: {describe(key)}");
        }

        foreach (TKey key in actual.Except(expected))
        {
            Add($"key {key} is too much: {describe(key)}");
        }

        foreach (TKey key in actual.GroupBy(static key => key).Where(static group => group.Count() > 1).Select(static group => group.Key))
        {
            Add($"key {key} is reported twice: {describe(key)}");
        }
    }

    public void AssertNone() =>
        Assert.True(_count == 0, $"{_count} disagreements in {_cases} comparisons. The first:\n{string.Join('\n', _first)}");

    private void Add(string text)
    {
        _count++;
        if (_first.Count < Shown)
        {
            _first.Add(text);
        }
    }
}
