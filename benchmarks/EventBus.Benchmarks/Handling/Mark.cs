namespace EventBus.Benchmarks.Handling;

/// <summary>Tells one handler's type from another's: 64 structs, made of four digits in three places.</summary>
/// <remarks>
/// A generic class over structs has machine code of its own for each. Handlers that share their code would be predicted better, by the
/// processor and by the JIT, than any program's handlers are.
/// </remarks>
public readonly struct Mark<THigh, TMiddle, TLow>;

/// <summary>A digit of a mark.</summary>
public readonly struct Zero;

/// <summary>A digit of a mark.</summary>
public readonly struct One;

/// <summary>A digit of a mark.</summary>
public readonly struct Two;

/// <summary>A digit of a mark.</summary>
public readonly struct Three;
