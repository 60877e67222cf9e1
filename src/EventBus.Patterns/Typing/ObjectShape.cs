using System.Text.Json.Serialization.Metadata;
using EventBus.Patterns.Fields;
using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>An object with the properties of its contract.</summary>
internal sealed class ObjectShape(JsonTypeInfo contract, ReaderFactory readers, Contracts contracts) : Shape(contract.Type, readers)
{
    // What is written may depend on a call before it, or on more than one property.
    private readonly bool _isWrittenWhole = contract.OnSerializing is not null
        || contract.OnSerialized is not null
        || contract.Options.IgnoreReadOnlyProperties
        || contract.Options.IgnoreReadOnlyFields
        || contract.Properties.Any(static property => property.IsExtensionData);

    private MemberShape[]? _members;

    /// <summary>The names of the properties that are written.</summary>
    public IEnumerable<string> Names => Members.Select(static member => member.Name);

    // Found when they are first needed: a type may hold objects of its own kind.
    private MemberShape[] Members => _members ??=
        [.. contract.Properties.Where(static property => property.Get is not null && !property.IsExtensionData)
            .Select(property => new MemberShape(property, contract, contracts))];

    private bool IsOpen => contract.Properties.Any(static property => property.IsExtensionData);

    public override ValueReader? CreateReader(ReadingPlace place)
    {
        List<(MemberShape Member, ValueReader Reader)> found = [];
        int covered = 0;
        bool isWrittenWhole = _isWrittenWhole;
        foreach (MemberShape member in Members)
        {
            if (FindChild(place, member, out bool isDotted) is { } child)
            {
                if (isDotted && HasPrefixOf(member))
                {
                    // At once: by two ways to each place below, the readers of a type that holds its own kind would double with each name.
                    return Readers.Serialized(place, contract, converter: null);
                }

                isWrittenWhole |= member.NeedsOwner
                    || (child.ChildCount > 0 && member.IsObject && Members.Count(static other => other.IsObject) > 1);
                if (member.Value.CreateReader(place.At(child)) is { } reader)
                {
                    covered += isDotted ? 0 : 1;
                    found.Add((member, reader));
                }
            }
        }

        if (found.Count == 0 && !place.IsAskedFor && !(IsOpen && place.ChildCount > 0))
        {
            return null;
        }

        return isWrittenWhole
            ? Readers.Serialized(place, contract, converter: null)
            : Readers.Object(place, found, coversAll: covered == place.ChildCount && !place.IsAskedFor);
    }

    public override WrittenKinds? Find(PathSearch path)
    {
        if (path.IsAtEnd)
        {
            return WrittenKinds.None;
        }

        WrittenKinds? found = IsOpen ? WrittenKinds.Any : null;
        foreach (MemberShape member in Members)
        {
            if (path.StartsWith(member.Steps))
            {
                PathSearch rest = path.Past(member.Steps.Length);
                if (rest.FindIn(member.Value) is { } kinds)
                {
                    found = (found ?? WrittenKinds.None) | kinds | (rest.IsAtEnd && member.WritesNull ? WrittenKinds.Null : WrittenKinds.None);
                }
            }
        }

        return found ?? path.Fail(this);
    }

    private static FieldNode? FindChild(ReadingPlace place, MemberShape member, out bool isDotted)
    {
        isDotted = false;
        FieldNode node = place.Node;
        FieldNode? child = node.Find(member.Utf8Name) ?? (node.HasGrandchildren ? node.FindDotted(member.Utf8Name, out isDotted) : null);
        return child is not null && (isDotted || child.Index < place.ChildCount) ? child : null;
    }

    /// <summary>Whether another property leads the same way as this one with dots in its name. Then their order in the JSON counts.</summary>
    private bool HasPrefixOf(MemberShape dotted) =>
        Array.Exists(Members, member => dotted.Name.StartsWith($"{member.Name}.", StringComparison.Ordinal));
}
