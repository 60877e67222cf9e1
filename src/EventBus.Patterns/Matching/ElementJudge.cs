using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Matching;

/// <summary>
/// Array consistency: two fields of a branch may not be served by different elements of one array.
/// </summary>
/// <remarks>
/// From the innermost elements outwards, each element collects the fields that it serves all at once. An array serves its
/// fields by one element that serves every one of them; arrays that stand side by side are independent. So each element
/// is looked at once, and the time is linear in the size of the event. Absence is borne out by the chosen element where
/// one was chosen, and otherwise by all of them.
/// </remarks>
internal ref struct ElementJudge
{
    /// <summary>How many fields that may be there or not are tried both ways, where the order of names counts.</summary>
    private const int MostForked = 6;

    private readonly BoundBranch _branch;
    private readonly EventReading _reading;
    private readonly ReadOnlySpan<byte> _json;
    private FieldMask _all;
    private FieldMask _mayBeAbsent;
    private FieldMask _mayBePresent;
    private FieldNode? _array;
    private FieldMask _arrayFields;
    private FieldMask _arrayOwnField;

    private ElementJudge(BoundBranch branch, EventReading reading, ReadOnlySpan<byte> json)
    {
        _branch = branch;
        _reading = reading;
        _json = json;
        for (int i = 0; i < branch.Fields.Length; i++)
        {
            if (reading.FirstOf(branch.Fields[i].Node.Field) == 0)
            {
                continue; // Absent from the whole event, and allowed to be: no element has a say in it.
            }

            var field = FieldMask.Of(i);
            _all |= field;
            _mayBeAbsent |= branch.Fields[i].Condition.AcceptsAbsence ? field : default;
            _mayBePresent |= branch.Fields[i].Condition.Test is null ? default : field;
        }
    }

    public static bool IsSatisfied(BoundBranch branch, EventReading reading, ReadOnlySpan<byte> json)
    {
        ElementJudge judge = new(branch, reading, json);
        FieldMask either = judge._mayBeAbsent & judge._mayBePresent;
        return branch.JudgesAbsenceInOrder && !either.IsEmpty ? judge.IsSatisfiedForked(either) : judge.IsSatisfied();
    }

    // Whether a field counts as present decides where absence is judged, so each way is tried by itself.
    private bool IsSatisfiedForked(FieldMask either)
    {
        Span<int> forked = stackalloc int[MostForked];
        int count = 0;
        for (int i = 0; i < _branch.Fields.Length && count < MostForked; i++)
        {
            if (either.Contains(FieldMask.Of(i)))
            {
                forked[count++] = i;
            }
        }

        FieldMask mayBeAbsent = _mayBeAbsent;
        FieldMask mayBePresent = _mayBePresent;
        for (int choice = 0; choice < 1 << count; choice++)
        {
            _mayBeAbsent = mayBeAbsent;
            _mayBePresent = mayBePresent;
            for (int i = 0; i < count; i++)
            {
                var field = FieldMask.Of(forked[i]);
                (_mayBeAbsent, _mayBePresent) = (choice & (1 << i)) == 0
                    ? (_mayBeAbsent - field, _mayBePresent)
                    : (_mayBeAbsent, _mayBePresent - field);
            }

            if (IsSatisfied())
            {
                return true;
            }
        }

        return false;
    }

    private bool IsSatisfied()
    {
        ReadOnlySpan<ElementEntry> elements = _reading.Elements;
        Span<ElementMark> marks = _reading.Memory.Elements.Take(elements.Length);
        Mark(marks);
        for (int i = 1; i < elements.Length; i++)
        {
            marks[i].Direct |= marks[elements[i].Parent].Direct;
        }

        for (int i = elements.Length - 1; i > 0; i--)
        {
            marks[elements[i].Parent].Present |= marks[i].Present;
        }

        for (int i = elements.Length - 1; i > 0; i--)
        {
            Offer(ref marks[elements[i].Parent], in marks[i], elements[i].Array!);
        }

        return (marks[0].Satisfied | Absent(in marks[0])).Contains(_all);
    }

    private readonly void Mark(Span<ElementMark> marks)
    {
        for (int i = 0; i < _branch.Fields.Length; i++)
        {
            var field = FieldMask.Of(i);
            Condition? test = _mayBePresent.Contains(field) ? _branch.Fields[i].Condition.Test : null;
            for (int value = _reading.FirstOf(_branch.Fields[i].Node.Field); value != 0; value = _reading.Entry(value).Next)
            {
                ref ElementMark mark = ref marks[_reading.Entry(value).Element];
                mark.PresentHere |= field;
                mark.Present |= field;
                if (test?.Matches(_reading.Value(value, _json)) == true)
                {
                    mark.Direct |= field;
                    mark.Satisfied |= field;
                }
            }
        }
    }

    /// <summary>Takes an element for its array if it serves all of the array's fields.</summary>
    private void Offer(ref ElementMark parent, in ElementMark element, FieldNode array)
    {
        Face(array);
        FieldMask served = element.Satisfied & _arrayFields;
        if (served.IsEmpty)
        {
            return; // Nothing would be chosen in it.
        }

        FieldMask absent = Absent(in element) & _arrayFields;
        if (_branch.JudgesAbsenceInOrder)
        {
            absent = (absent & served.AfterFirst()) | (Absent(in parent) & _arrayFields);
        }

        absent -= parent.PresentHere;

        // The scalars of the array itself, or of one around it, stand beside its elements and bind none of them.
        FieldMask needed = _arrayFields - (_arrayOwnField & parent.Direct);
        if ((served | absent).Contains(needed))
        {
            parent.Satisfied |= served;
            parent.AbsentInChosen |= absent;
        }
    }

    private readonly FieldMask Absent(in ElementMark mark) =>
        _mayBeAbsent & ((_all - mark.Present) | mark.AbsentInChosen);

    /// <summary>Finds the branch's fields at and below an array. Elements of one array come one after another, so the last answer serves again.</summary>
    private void Face(FieldNode array)
    {
        if (ReferenceEquals(array, _array))
        {
            return;
        }

        _array = array;
        _arrayFields = default;
        _arrayOwnField = default;
        for (int i = 0; i < _branch.Fields.Length; i++)
        {
            FieldMask field = FieldMask.Of(i) & _all;
            _arrayFields |= _branch.Fields[i].Node.IsWithin(array) ? field : default;
            _arrayOwnField |= ReferenceEquals(_branch.Fields[i].Node, array) ? field : default;
        }
    }
}
