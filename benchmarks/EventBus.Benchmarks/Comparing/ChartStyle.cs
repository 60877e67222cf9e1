namespace EventBus.Benchmarks.Comparing;

/// <summary>The chart's colours, in light and in dark.</summary>
internal static class ChartStyle
{
    public const string Css = """

        text { font: 13px -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif; fill: #1f2328 }
        .card { fill: #ffffff; stroke: #d1d9e0 }
        .head { font-size: 20px; font-weight: 600 }
        .title { font-size: 14px; font-weight: 600 }
        .note, .tick, .bytes { fill: #59636e }
        .tick { font-size: 11px; text-anchor: middle }
        .bytes { font-size: 11px }
        .grid { stroke: #d1d9e0; stroke-width: 1 }
        .value { font-variant-numeric: tabular-nums; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
        .peer .bar { fill: #b6bfc9 }
        .limit .bar { fill: #6e7781 }
        .ours .bar { fill: #0969da }
        .ours text { font-weight: 600 }
        .ours .bytes { font-weight: 400 }
        @media (prefers-color-scheme: dark) {
          text { fill: #f0f6fc }
          .card { fill: #0d1117; stroke: #3d444d }
          .note, .tick, .bytes { fill: #9198a1 }
          .grid { stroke: #2a313c }
          .value { stroke: #0d1117 }
          .peer .bar { fill: #4a525d }
          .limit .bar { fill: #9198a1 }
          .ours .bar { fill: #4493f8 }
        }

        """;
}
