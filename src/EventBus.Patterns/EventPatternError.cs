namespace EventBus.Patterns;

/// <summary>Why a pattern was refused: where, what is wrong, and what to write instead.</summary>
/// <param name="Path">The JSON path to the fault, from <c>$</c>: <c>$.detail.total[0].numeric</c>.</param>
/// <param name="Line">The line of the fault, from 1. Zero where the fault is in no text, as with a type that lacks a field.</param>
/// <param name="Column">The column of the fault in UTF-16 characters, from 1. Zero where the fault is in no text.</param>
/// <param name="Problem">What is wrong, with the value found. One sentence.</param>
/// <param name="Remedy">What to write instead. One or two sentences.</param>
public sealed record EventPatternError(string Path, int Line, int Column, string Problem, string Remedy)
{
    /// <summary>The whole error in one line, as an exception would say it.</summary>
    public override string ToString() =>
        Line > 0 ? $"{Problem} {Remedy} (at {Path}, line {Line}, column {Column})" : $"{Problem} {Remedy} (at {Path})";
}
