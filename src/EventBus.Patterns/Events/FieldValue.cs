namespace EventBus.Patterns.Events;

/// <summary>A scalar as the conditions see it.</summary>
internal readonly ref struct FieldValue(ref FieldEntry entry, ReadOnlySpan<byte> text)
{
    private readonly ref FieldEntry _entry = ref entry;

    public ValueKind Kind => _entry.Kind;

    /// <summary>A string's characters in UTF-8, unescaped; a number's text, which may be missing where <see cref="HasManyDigits"/> is false.</summary>
    public ReadOnlySpan<byte> Text { get; } = text;

    /// <summary>A number as a double; infinite where no double reaches.</summary>
    public double Number
    {
        get
        {
            Parse();
            return _entry.Number;
        }
    }

    /// <inheritdoc cref="FieldEntry.HasManyDigits"/>
    public bool HasManyDigits
    {
        get
        {
            Parse();
            return _entry.HasManyDigits;
        }
    }

    private void Parse()
    {
        if (!_entry.IsParsed)
        {
            _entry.Number = JsonNumber.Parse(Text, out _entry.HasManyDigits);
            _entry.IsParsed = true;
        }
    }
}
