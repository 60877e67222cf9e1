namespace EventBus.Patterns.Conditions;

/// <summary>Which part of a string a comparison without case looks at.</summary>
internal enum CaseMatch : byte
{
    Whole,
    Prefix,
    Suffix,
}
