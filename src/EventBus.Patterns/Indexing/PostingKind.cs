namespace EventBus.Patterns.Indexing;

/// <summary>What the text of a posting stands for.</summary>
internal enum PostingKind : byte
{
    /// <summary>The whole string.</summary>
    Exact,

    /// <summary>The whole string, folded.</summary>
    ExactFolded,
    Prefix,
    PrefixFolded,
    Suffix,
    SuffixFolded,

    /// <summary>The beginning of strings that a wildcard may match.</summary>
    WildcardPrefix,

    /// <summary>The end of strings that a wildcard may match.</summary>
    WildcardSuffix,

    /// <summary>A piece that a wildcard has somewhere within.</summary>
    WildcardPiece,

    /// <summary>The bits of a double.</summary>
    Number,

    /// <summary>The decimal of a number that no double holds.</summary>
    LongNumber,

    /// <summary>One byte: the kind of literal.</summary>
    Literal,

    /// <summary>An address with the bits beyond the prefix cleared, and the prefix's length as its last byte.</summary>
    Network,
}
