namespace EventBus.Patterns.Parsing;

/// <summary>What came of putting a field into the branches.</summary>
internal enum PutOutcome
{
    Put,

    /// <summary>A branch has the field already.</summary>
    GivenBefore,

    /// <summary>A branch has as many fields as it may.</summary>
    TooMany,
}
