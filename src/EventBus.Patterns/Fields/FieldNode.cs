using System.Runtime.InteropServices;

namespace EventBus.Patterns.Fields;

/// <summary>One name on the way to the fields that rules ask for.</summary>
/// <remarks>
/// Read without a lock while one writer adds: a node is complete before it is linked, and a table that grows is
/// replaced whole. Nothing is ever unlinked; a tree with too much that is unused is replaced by another.
/// </remarks>
internal sealed class FieldNode
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private readonly ulong _head;
    private FieldNode?[] _table = new FieldNode?[2];
    private int _childCount;
    private bool _hasGrandchildren;
    private int _field = None;

    public FieldNode()
        : this(null, [], 0)
    {
    }

    private FieldNode(FieldNode? parent, byte[] name, int index)
    {
        Parent = parent;
        Name = name;
        Index = index;
        Depth = parent is null ? 0 : parent.Depth + 1;
        _head = Head(name);
    }

    /// <summary>The value of <see cref="Field"/> where no rule asks for the node itself.</summary>
    public const int None = -1;

    public FieldNode? Parent { get; }

    /// <summary>The name in UTF-8.</summary>
    public byte[] Name { get; }

    /// <summary>The place among the parent's children, in the order of adding.</summary>
    public int Index { get; }

    public int Depth { get; }

    /// <summary>The number of the field that ends here, or <see cref="None"/>.</summary>
    public int Field
    {
        get => Volatile.Read(ref _field);
        set => Volatile.Write(ref _field, value);
    }

    public int ChildCount => Volatile.Read(ref _childCount);

    /// <summary>Whether a dotted name could lead past a child.</summary>
    public bool HasGrandchildren => Volatile.Read(ref _hasGrandchildren);

    /// <summary>The child of that name, or null.</summary>
    public FieldNode? Find(ReadOnlySpan<byte> name)
    {
        ulong head = Head(name);
        FieldNode?[] table = Volatile.Read(ref _table);
        int mask = table.Length - 1;
        for (int i = Slot(head, name.Length, mask); ; i = (i + 1) & mask)
        {
            FieldNode? child = Volatile.Read(ref table[i]);
            if (child is null)
            {
                return null;
            }

            if (child._head == head
                && child.Name.Length == name.Length
                && (name.Length <= sizeof(ulong) || name[sizeof(ulong)..].SequenceEqual(child.Name.AsSpan(sizeof(ulong)))))
            {
                return child;
            }
        }
    }

    /// <summary>The node that a name with dots in it leads to, past a child; or null.</summary>
    public FieldNode? FindDotted(ReadOnlySpan<byte> name, out bool isDotted)
    {
        isDotted = false;
        if (!name.Contains((byte)'.'))
        {
            return null;
        }

        isDotted = true;
        FieldNode? found = this;
        foreach (Range step in name.Split((byte)'.'))
        {
            found = found.Find(name[step]);
            if (found is null)
            {
                return null;
            }
        }

        return found;
    }

    /// <summary>The first so many children in the order of adding.</summary>
    public FieldNode[] Children(int count)
    {
        var children = new FieldNode[count];
        foreach (FieldNode? child in Volatile.Read(ref _table))
        {
            if (child is not null && child.Index < count)
            {
                children[child.Index] = child;
            }
        }

        return children;
    }

    /// <summary>The child of that name, made where it is missing. For the writer alone.</summary>
    public FieldNode GetOrAdd(byte[] name)
    {
        if (Find(name) is { } known)
        {
            return known;
        }

        FieldNode child = new(this, name, _childCount);
        if ((_childCount + 1) * 2 > _table.Length)
        {
            var larger = new FieldNode?[_table.Length * 2];
            foreach (FieldNode? moved in _table)
            {
                if (moved is not null)
                {
                    Link(larger, moved);
                }
            }

            Volatile.Write(ref _table, larger);
        }

        Link(_table, child);
        Volatile.Write(ref _childCount, _childCount + 1);
        if (Parent is not null)
        {
            Volatile.Write(ref Parent._hasGrandchildren, true);
        }

        return child;
    }

    /// <summary>Whether this node is the other or lies below it.</summary>
    public bool IsWithin(FieldNode other)
    {
        FieldNode node = this;
        while (node.Depth > other.Depth)
        {
            node = node.Parent!;
        }

        return ReferenceEquals(node, other);
    }

    private static void Link(FieldNode?[] table, FieldNode child)
    {
        int mask = table.Length - 1;
        int i = Slot(child._head, child.Name.Length, mask);
        while (table[i] is not null)
        {
            i = (i + 1) & mask;
        }

        Volatile.Write(ref table[i], child);
    }

    private static int Slot(ulong head, int length, int mask) =>
        (int)(((head ^ (ulong)length) * Multiplier) >> 40) & mask;

    /// <summary>Eight bytes that tell names of one length apart, wholly up to eight bytes of it.</summary>
    private static ulong Head(ReadOnlySpan<byte> name) => name.Length switch
    {
        >= 8 => MemoryMarshal.Read<ulong>(name),
        >= 4 => MemoryMarshal.Read<uint>(name) | ((ulong)MemoryMarshal.Read<uint>(name[^4..]) << 32),
        >= 2 => MemoryMarshal.Read<ushort>(name) | ((ulong)MemoryMarshal.Read<ushort>(name[^2..]) << 16),
        1 => name[0],
        _ => 0,
    };
}
