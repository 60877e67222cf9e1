namespace EventBus.Patterns.Matching;

/// <summary>Which of a branch's fields one array element serves.</summary>
internal struct ElementMark
{
    /// <summary>Fields with a matching value directly in the element or in one around it, outside of any array in it.</summary>
    public FieldMask Direct;

    /// <summary>Fields with any value directly in the element.</summary>
    public FieldMask PresentHere;

    /// <summary>Fields with any value in the element, at whatever depth.</summary>
    public FieldMask Present;

    /// <summary>Fields that a value in the element satisfies, together with all the others of this set.</summary>
    public FieldMask Satisfied;

    /// <summary>Fields whose absence the element bears out because of the inner elements that were chosen.</summary>
    public FieldMask AbsentInChosen;
}
