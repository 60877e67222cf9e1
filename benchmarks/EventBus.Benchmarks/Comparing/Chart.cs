using System.Globalization;
using System.Security;
using System.Text;

namespace EventBus.Benchmarks.Comparing;

/// <summary>The comparison as a bar chart in SVG: a panel for each scenario, the quickest first, times on a logarithmic scale.</summary>
/// <remarks>
/// It brings its own background, in two shades, because a page that shows it as an image cannot tell it which theme its reader has.
/// </remarks>
internal sealed class Chart
{
    private const int Width = 880;
    private const int Margin = 28;
    private const int BarsFrom = 292;
    private const int BarsTo = 720;
    private const int RowHeight = 24;
    private const int BarHeight = 14;
    private const int Corner = 3;
    private const int PanelHead = 58;
    private const int Head = 70;

    private static readonly string[] Scenarios = ["1 handler", "16 handlers", "through a queue"];

    private readonly StringBuilder _svg = new();
    private readonly double _firstDecade;
    private readonly double _lastDecade;
    private int _y = Head;

    private Chart(IReadOnlyCollection<Entry> entries)
    {
        _firstDecade = Math.Max(0, Math.Floor(Math.Log10(entries.Min(static entry => entry.Nanoseconds))));
        _lastDecade = Math.Ceiling(Math.Log10(entries.Max(static entry => entry.Nanoseconds)));
    }

    /// <summary>Draws what the chart shows of the comparison: of the limits the one that the others are measured by.</summary>
    public static string Draw(IReadOnlyCollection<Entry> entries)
    {
        Entry[] shown = [.. entries
            .Where(static entry => Scenarios.Contains(entry.Scenario))
            .Where(static entry => entry.IsBaseline || entry.Role != Contestant.Limit)];
        return new Chart(shown).DrawPanels(shown);
    }

    private string DrawPanels(Entry[] entries)
    {
        foreach (string scenario in Scenarios)
        {
            Entry[] rows = [.. entries.Where(entry => entry.Scenario == scenario).OrderBy(static entry => entry.Nanoseconds)];
            DrawPanel($"One event {(scenario == Scenarios[^1] ? scenario : $"to {scenario}, inline")}", rows);
        }

        int height = _y + Margin - 8;
        string description = string.Join(' ', Scenarios.Select(scenario => $"{scenario}: " + string.Join("; ", entries
            .Where(entry => entry.Scenario == scenario)
            .OrderBy(static entry => entry.Nanoseconds)
            .Select(static entry => $"{entry.Name} {Number.OfTime(entry.Nanoseconds)}")) + "."));
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img" aria-labelledby="title description">
            <title id="title">The time that one event takes: TypedEventBus beside other libraries</title>
            <desc id="description">{Escaped(description)}</desc>
            <style>{ChartStyle.Css}</style>
            <rect class="card" x="0.5" y="0.5" width="{Width - 1}" height="{height - 1}" rx="10"/>
            <text class="head" x="{Margin}" y="42">What one event costs</text>
            <text class="note" x="{Margin}" y="64">Median time, and bytes allocated. Each gridline is ten times the one before it; shorter is better.</text>
            {Legend()}{_svg}</svg>

            """;
    }

    private void DrawPanel(string title, Entry[] rows)
    {
        int top = _y + PanelHead;
        int bottom = top + (rows.Length * RowHeight);
        _svg.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"{Margin}\" y=\"{top - 14}\">{Escaped(title)}</text>\n");
        for (double decade = _firstDecade; decade <= _lastDecade; decade++)
        {
            string x = Text(Place(Math.Pow(10, decade)));
            _svg.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{x} {top - 6}V{bottom}\"/>");
            _svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{x}\" y=\"{top - 14}\">{Power(decade)}</text>\n");
        }

        foreach ((int i, Entry row) in rows.Index())
        {
            DrawRow(row, top + (i * RowHeight));
        }

        _y = bottom;
    }

    private void DrawRow(Entry row, int top)
    {
        double end = Math.Max(BarsFrom + Corner, Place(row.Nanoseconds));
        int middle = top + (RowHeight / 2);
        string bytes = row.Bytes < 0.5 ? "" : $"<tspan class=\"bytes\" dx=\"6\">{Number.OfBytes(row.Bytes)} B</tspan>";
        _svg.Append(CultureInfo.InvariantCulture, $"""
            <g class="{row.Role}"><text x="{Margin}" y="{middle + 4}">{Escaped(row.Name)}</text>
            <path class="bar" d="M{BarsFrom} {middle - (BarHeight / 2)}H{Text(end - Corner)}q{Corner} 0 {Corner} {Corner}v{BarHeight - (2 * Corner)}q0 {Corner} -{Corner} {Corner}H{BarsFrom}z"/>
            <text class="value" x="{Text(end)}" y="{middle + 4}" dx="8">{Number.OfTime(row.Nanoseconds)}{bytes}</text></g>

            """);
    }

    private static string Legend()
    {
        (string Role, string Text, int X)[] keys =
            [(Contestant.Ours, "TypedEventBus", 510), (Contestant.Peer, "other libraries", 644), (Contestant.Limit, "by hand", 770)];
        return string.Concat(keys.Select(static key =>
            $"<g class=\"{key.Role}\"><rect class=\"bar\" x=\"{key.X}\" y=\"32\" width=\"12\" height=\"12\" rx=\"2\"/>" +
            $"<text x=\"{key.X + 18}\" y=\"42\">{key.Text}</text></g>\n"));
    }

    private double Place(double nanoseconds) =>
        BarsFrom + ((Math.Log10(nanoseconds) - _firstDecade) / (_lastDecade - _firstDecade) * (BarsTo - BarsFrom));

    private static string Text(double place) => place.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Power(double decade) => Number.OfTime(Math.Pow(10, decade)).Replace(".0", "", StringComparison.Ordinal);

    private static string Escaped(string text) => SecurityElement.Escape(text);
}
