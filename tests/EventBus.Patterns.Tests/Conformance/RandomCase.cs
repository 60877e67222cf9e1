namespace EventBus.Patterns.Tests.Conformance;

/// <summary>Events of one shape and patterns made from them: all that is random about them comes from the seed.</summary>
internal sealed class RandomCase
{
    private static readonly string[] Names = ["a", "b", "c", "d", "é", "A", "q\"", "x y"];

    private readonly Random _random;
    private readonly RandomJson _json;
    private readonly RandomValues _values;
    private readonly PatternProfile _profile;
    private readonly RandomObject[] _roots;
    private readonly (string[] Path, RandomScalar Value)[][] _leaves;

    public RandomCase(int seed, PatternProfile profile, int events, int patterns)
    {
        // Not HashCode.Combine, which differs from process to process.
        _random = new Random((seed * 2) + (int)profile);
        _json = new RandomJson(_random);
        _values = new RandomValues(_random, _json);
        _profile = profile;
        RandomObject shape = Object(0, 2);
        _roots = [.. Enumerable.Range(0, events).Select(_ => (RandomObject)Mutated(shape))];
        _leaves = [.. _roots.Select(static root => Leaves(root, []).ToArray())];
        Events = [.. _roots.Select(_json.Event)];
        Patterns = [.. Enumerable.Range(0, patterns).Select(_ => Clause([], _leaves[_random.Next(events)], [], 0))];
    }

    public string[] Events { get; }

    public string[] Patterns { get; }

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Pick<T>(IReadOnlyList<T> values) => values[_random.Next(values.Count)];

    private RandomObject Object(int depth, int fewest)
    {
        string[] names = [.. Names.OrderBy(_ => _random.Next()).Take(_random.Next(fewest, 5))];
        return new RandomObject([.. names.Select(name => KeyValuePair.Create(name, Node(depth + 1)))]);
    }

    private RandomNode Node(int depth) => _random.Next(depth > 3 ? 5 : 10) switch
    {
        < 5 => _values.Scalar(),
        5 => Object(depth, 0),
        _ => Array(depth),
    };

    private RandomArray Array(int depth)
    {
        int count = _random.Next(5);
        RandomObject element = Object(depth + 1, 2);
        return new RandomArray(_random.Next(10) switch
        {
            // Mutated more than once, so that the elements differ and what one pattern asks for stands in several of them.
            < 7 => [.. Enumerable.Range(0, count + 1).Select(_ => Mutated(Mutated(Mutated(element))))],
            < 8 => [.. Enumerable.Range(0, count).Select(_ => _values.Scalar())],
            _ => [.. Enumerable.Range(0, count).Select(_ => Pick([Array(depth + 1), Mutated(element), Node(depth + 1)]))],
        });
    }

    private RandomNode Mutated(RandomNode node) => node switch
    {
        RandomObject @object => new RandomObject(
            [.. @object.Members.Where(_ => !Chance(7)).Select(member => KeyValuePair.Create(member.Key, Mutated(member.Value)))]),
        RandomArray array => new RandomArray(
            [.. array.Elements.Where(_ => !Chance(10)).SelectMany(element => Enumerable.Repeat(element, Chance(8) ? 2 : 1)).Select(Mutated)]),
        _ when Chance(3) => Node(3),
        _ when Chance(18) => _values.Scalar(),
        _ => node,
    };

    private static IEnumerable<(string[] Path, RandomScalar Value)> Leaves(RandomNode node, string[] path) => node switch
    {
        RandomObject @object => @object.Members.SelectMany(member => Leaves(member.Value, [.. path, member.Key])),
        RandomArray array => array.Elements.SelectMany(element => Leaves(element, path)),
        _ => [(path, (RandomScalar)node)],
    };

    /// <summary>An object of a pattern that stands at a path of the event.</summary>
    /// <param name="at">Where it stands.</param>
    /// <param name="leaves">The values of the event that the pattern is made from.</param>
    /// <param name="used">The paths of the same branch that are written already; Strict refuses to write one again.</param>
    /// <param name="depth">How many times <c>$or</c> stands around it.</param>
    private string Clause(string[] at, (string[] Path, RandomScalar Value)[] leaves, HashSet<string> used, int depth)
    {
        List<Entry> entries = [];
        if (depth < 2 && Chance(22))
        {
            entries.Add(Choice(at, leaves, used, depth));
        }

        int count = depth > 0 || entries.Count > 0 ? _random.Next(1, 3) : Pick([1, 1, 2, 2, 2, 3, 4]);
        for (int i = 0; i < count; i++)
        {
            string[] path = UnusedPath(at, leaves, used, entries);
            entries.Add(new Entry(path[at.Length..], Alternatives(path, leaves)));
        }

        return Written(entries);
    }

    private Entry Choice(string[] at, (string[] Path, RandomScalar Value)[] leaves, HashSet<string> used, int depth)
    {
        // Often at the clause itself, at times at an object below it.
        string[][] below =
            [.. leaves.Where(leaf => leaf.Path.Length > at.Length + 1 && IsUnder(leaf.Path, at)).Select(static leaf => leaf.Path[..^1])];
        string[] place = below.Length > 0 && Chance(40) ? Pick(below) : at;
        HashSet<string>[] written = [.. Enumerable.Range(0, _random.Next(2, 4)).Select(_ => new HashSet<string>(used))];
        string[] members = [.. written.Select(member => Clause(place, leaves, member, depth + 1))];
        foreach (HashSet<string> member in written)
        {
            used.UnionWith(member);
        }

        return new Entry([.. place[at.Length..], "$or"], $"[{string.Join(',', members)}]");
    }

    private string[] UnusedPath(string[] at, (string[] Path, RandomScalar Value)[] leaves, HashSet<string> used, List<Entry> entries)
    {
        // Half of the time beside the field before, so that the elements of an array have to hold several fields at once.
        string[][] known = [.. leaves.Where(leaf => leaf.Path.Length > at.Length && IsUnder(leaf.Path, at)).Select(static leaf => leaf.Path)];
        string[][] siblings = entries is [.., Entry last] ? [.. known.Where(path => last.IsBeside(path.AsSpan(at.Length)))] : [];
        bool mayRepeat = _profile == PatternProfile.EventBridge && Chance(8);
        for (int i = 0; ; i++)
        {
            string[] path = i > 10 || known.Length == 0 || Chance(6) ? NewPath(at, i * 5)
                : siblings.Length > 0 && Chance(60) ? Pick(siblings)
                : Pick(known);
            if (!entries.Any(entry => entry.IsChoiceAt(path.AsSpan(at.Length))) && (used.Add(string.Join('.', path)) || mayRepeat))
            {
                return path;
            }
        }
    }

    private static bool IsUnder(string[] path, string[] at) => path.AsSpan().StartsWith(at);

    private string[] NewPath(string[] at, int chanceToBeLong) =>
        Chance(chanceToBeLong) ? [.. at, Pick(Names), Pick(Names)] : [.. at, Pick(Names)];

    private string Alternatives(string[] path, (string[] Path, RandomScalar Value)[] leaves)
    {
        const string Absence = """{"exists":false}""";
        RandomScalar[] values = [.. leaves.Where(leaf => leaf.Path.SequenceEqual(path)).Select(static leaf => leaf.Value)];
        if (Chance(values.Length == 0 ? 60 : 9))
        {
            return $"[{Absence}]";
        }

        IEnumerable<string> alternatives = Enumerable.Range(0, Pick([1, 1, 2, 3]))
            .Select(_ => _values.Alternative(values.Length > 0 && Chance(90) ? Pick(values) : _values.Scalar()));
        IEnumerable<string> all = Chance(10) ? alternatives.Append(Absence) : alternatives;
        return $"[{string.Join(',', all.OrderBy(_ => _random.Next()).Select(one => $"{_json.Blank()}{one}{_json.Blank()}"))}]";
    }

    /// <summary>Writes an object so that each name stands in it once, unless a path does so twice.</summary>
    private string Written(List<Entry> entries)
    {
        Entry[] written = [.. entries.Select(entry => Chance(12) ? entry.Joined() : entry)];
        while (System.Array.Find(written, entry => written.Any(entry.ClashesWith)) is { } clash)
        {
            written = [.. written.Select(entry => ReferenceEquals(entry, clash) ? entry.Joined() : entry)];
        }

        IEnumerable<string> members = written
            .GroupBy(static entry => entry.Path[0])
            .OrderBy(_ => _random.Next())
            .SelectMany(group => group.First().Path.Length == 1
                ? group.Select(entry => Member(group.Key, entry.Text))
                : [Member(group.Key, Written([.. group.Select(static entry => entry.Inner())]))]);
        return $"{{{string.Join(',', members)}{_json.Blank()}}}";
    }

    private string Member(string name, string text) => $"{_json.Blank()}{_json.Quote(name)}{_json.Blank()}:{_json.Blank()}{text}";

    /// <summary>A path below the object that is written, and what stands there.</summary>
    private sealed record Entry(string[] Path, string Text)
    {
        public bool IsBeside(ReadOnlySpan<string> path) => path.Length == Path.Length && path[..^1].SequenceEqual(Path.AsSpan()[..^1]);

        public bool IsChoiceAt(ReadOnlySpan<string> path) => Path[^1] == "$or" && path.SequenceEqual(Path.AsSpan()[..^1]);

        public bool ClashesWith(Entry other) => Path.Length > 1 && other.Path.Length == 1 && other.Path[0] == Path[0];

        public Entry Inner() => this with { Path = Path[1..] };

        /// <summary>The first two names as one, unless the second is an operator.</summary>
        public Entry Joined() => Path.Length < 2 || Path[1] == "$or" ? this : this with { Path = [$"{Path[0]}.{Path[1]}", .. Path[2..]] };
    }
}
