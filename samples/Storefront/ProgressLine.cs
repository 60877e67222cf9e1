namespace Storefront;

/// <summary>A line that changes in place on a terminal; in a file or a pipe, a new line every second.</summary>
internal sealed class ProgressLine
{
    private readonly bool _isTerminal = !Console.IsOutputRedirected;
    private int _shown;

    /// <summary>How long to wait between two lines.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(_isTerminal ? 0.2 : 1);

    public void Show(string text)
    {
        if (!_isTerminal)
        {
            Console.WriteLine(text);
            return;
        }

        Console.Write("\r" + text.PadRight(_shown));
        _shown = text.Length;
    }

    public void End()
    {
        if (_isTerminal)
        {
            Console.WriteLine();
        }
    }
}
