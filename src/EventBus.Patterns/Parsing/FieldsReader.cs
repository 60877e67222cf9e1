using System.Text.Json;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>Reads a pattern's objects down to the lists of alternatives, and multiplies <c>$or</c> out.</summary>
/// <param name="utf8">The pattern.</param>
/// <param name="profile">How far the pattern may bend the language.</param>
/// <param name="isOrField">True when <c>$or</c> is a field's name like any other.</param>
/// <param name="path">Room for the path being read; replaced by a larger one where it is too small.</param>
internal ref struct FieldsReader(ReadOnlySpan<byte> utf8, PatternProfile profile, bool isOrField, Span<char> path)
{
    public const int CommonPathLength = 128;

    private const string ProperOr = """Write {"$or":[{"a":["x"]},{"b":["y"]}]}.""";

    private PatternReader _reader = new(utf8, profile);
    private Span<char> _path = path;
    private int _pathLength;

    // The names given so far in the objects that are open, each as the whole path to it.
    private readonly List<FieldPath> _given = [];

    /// <summary>Whether a <c>$or</c> was met.</summary>
    public bool HasOr { get; private set; }

    public readonly PatternFault? Fault => _reader.Fault;

    /// <summary>The branches, or null where there is a <see cref="Fault"/>.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public Branch[]? Read()
    {
        _reader.Read();
        if (_reader.Kind != JsonTokenType.StartObject)
        {
            _reader.Fail($"A pattern is an object, and this is {_reader.Describe()}.", """Write {"field":["value"]}.""");
            return null;
        }

        BranchList branches = new();
        return TryReadObject(branches, isRoot: true, isInsideOr: false) && !_reader.Read() && _reader.Fault is null
            ? branches.ToArray(judgesAbsenceInOrder: _reader.IsEventBridge)
            : null;
    }

    private bool TryReadObject(BranchList branches, bool isRoot, bool isInsideOr)
    {
        if (_reader.Depth >= PatternReader.DeepestNesting)
        {
            return _reader.Fail(
                $"The pattern nests more than {PatternReader.DeepestNesting} levels deep.",
                """Give inner fields by dotted names, as in {"a.b.c":["value"]}.""");
        }

        int start = _reader.Offset;
        int firstSibling = _given.Count;
        int pathLength = _pathLength;
        bool hasOr = false;
        bool isEmpty = true;
        while (_reader.Read() && _reader.Kind != JsonTokenType.EndObject)
        {
            isEmpty = false;
            bool isGood = !isOrField && _reader.TextEquals("$or"u8)
                ? TryReadOr(branches, isRoot, ref hasOr)
                : TryReadField(branches, isRoot, isInsideOr && !isOrField, firstSibling);
            if (!isGood)
            {
                return false;
            }

            _pathLength = pathLength;
        }

        _given.RemoveRange(firstSibling, _given.Count - firstSibling);
        return _reader.Fault is null && (!isEmpty || _reader.Fail(
            start,
            "The object is empty, so it says nothing of any field.",
            """Name a field in it, as in {"field":["value"]}; {"field":[{"exists":true}]} takes any value."""));
    }

    private bool TryReadField(BranchList branches, bool isRoot, bool isInsideOr, int firstSibling)
    {
        int nameAt = _reader.Offset;
        scoped ReadOnlySpan<char> name = AppendName(isRoot);
        var field = FieldPath.Of(_path[.._pathLength]);
        if (field.Steps.Length > PatternReader.DeepestNesting)
        {
            return _reader.Fail(
                $"The field's path has {field.Steps.Length} names joined by dots; {PatternReader.DeepestNesting} are allowed.",
                "Name a field that lies less deep.");
        }

        if (isInsideOr && Operators.IsReserved(name))
        {
            return _reader.Fail(
                $"'{name}' is an operator's name, so it cannot be a field's name inside '$or'.",
                $$"""Write the field's name before the operator, as in {"$or":[{"field":[{"{{name}}":...}]},{"other":["value"]}]}.""");
        }

        if ((!_reader.IsEventBridge && !TryGive(field, firstSibling, nameAt)) || !_reader.Read())
        {
            return false;
        }

        return _reader.Kind switch
        {
            JsonTokenType.StartObject => TryReadObject(branches, isRoot: false, isInsideOr),
            JsonTokenType.StartArray => AlternativesReader.TryRead(ref _reader, field, out FieldCondition? condition)
                && TryPut(branches, condition, nameAt),
            _ => _reader.Fail(
                $"The field '{name}' is {_reader.Describe()}, not a list of alternatives.",
                field.Steps.Length > 1 && Operators.All.Contains(name.ToString())
                    ? $"'{name}' is an operator, which stands in a list: {Operators.InList(field.Parent, name.ToString())}."
                    : $"Write {Written.String(name)}:[{_reader.Quote()}]."),
        };
    }

    /// <summary>Lengthens the path by the name at the current token, and returns that name.</summary>
    private ReadOnlySpan<char> AppendName(bool isRoot)
    {
        int needed = _pathLength + 1 + _reader.RawText.Length;
        if (needed > _path.Length)
        {
            char[] longer = new char[needed * 2];
            _path[.._pathLength].CopyTo(longer);
            _path = longer;
        }

        if (!isRoot)
        {
            _path[_pathLength++] = '.';
        }

        int start = _pathLength;
        _pathLength += _reader.CopyText(_path[start..]);
        return _path[start.._pathLength];
    }

    private bool TryGive(FieldPath field, int firstSibling, int nameAt)
    {
        for (int i = firstSibling; i < _given.Count; i++)
        {
            if (_given[i].Name == field.Name)
            {
                return FailGivenTwice(field, nameAt, """Give it once: all its values in one list, as in ["a","b"], or all its fields in one object.""");
            }
        }

        _given.Add(field);
        return true;
    }

    private bool FailGivenTwice(FieldPath field, int nameAt, string remedy) => _reader.Fail(
        nameAt,
        $"'{field}' is given twice, and only the last would count.",
        remedy);

    private bool TryPut(BranchList branches, FieldCondition condition, int nameAt) =>
        branches.Put(condition, mayReplace: _reader.IsEventBridge) switch
        {
            PutOutcome.Put => true,
            PutOutcome.GivenBefore => FailGivenTwice(
                condition.Path,
                nameAt,
                "Give it in one place, with all its values: inside of '$or' or outside, by a dotted name or by nested ones."),
            _ => _reader.Fail(
                nameAt,
                $"The pattern tests more than {BranchList.MostFields} fields at once.",
                "Split it into several patterns."),
        };

    private bool TryReadOr(BranchList branches, bool isRoot, ref bool hasOr)
    {
        HasOr = true;
        int nameAt = _reader.Offset;
        if (hasOr && !_reader.IsEventBridge)
        {
            return _reader.Fail(
                "The object has two '$or', which most readers of JSON take for one.",
                """Put the second into each alternative of the first, as in {"$or":[{"a":["x"],"$or":[...]},{"b":["y"],"$or":[...]}]}.""");
        }

        hasOr = true;
        if (!_reader.Read())
        {
            return false;
        }

        if (_reader.Kind != JsonTokenType.StartArray)
        {
            return _reader.Fail($"'$or' takes a list of objects, and this is {_reader.Describe()}.", ProperOr);
        }

        BranchList before = branches.Copy();
        branches.Clear();
        int alternatives = 0;
        while (_reader.Read() && _reader.Kind != JsonTokenType.EndArray)
        {
            alternatives++;
            if (!TryReadAlternative(branches, before, isRoot, nameAt))
            {
                return false;
            }
        }

        return _reader.Fault is null
            && (alternatives >= 2 || _reader.Fail(nameAt, $"'$or' needs two alternatives or more, and has {alternatives}.", ProperOr));
    }

    private bool TryReadAlternative(BranchList branches, BranchList before, bool isRoot, int nameAt)
    {
        if (_reader.Kind != JsonTokenType.StartObject)
        {
            return _reader.Fail($"'$or' takes a list of objects, and this is {_reader.Describe()}.", ProperOr);
        }

        BranchList alternative = before.Copy();
        if (!TryReadObject(alternative, isRoot, isInsideOr: true))
        {
            return false;
        }

        branches.Take(alternative);
        return branches.Count <= BranchList.MostBranches || _reader.Fail(
            nameAt,
            $"The alternatives of '$or' multiply to more than {BranchList.MostBranches} combinations.",
            "Split the pattern, or list values of one field as in {\"field\":[\"a\",\"b\"]}, which multiplies nothing.");
    }
}
