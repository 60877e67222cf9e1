using Storefront.Orders.Contracts;

namespace Storefront;

/// <summary>What the customers order: the same in each run.</summary>
internal static class Catalogue
{
    private static readonly string[] Skus = ["lamp", "desk", "chair", "shelf"];
    private static readonly string[] Countries = ["NL", "NL", "NL", "BE", "NL", "NL", "DE", "NL", "NL", "FR"];

    /// <summary>The twelve orders of the story.</summary>
    public static IReadOnlyList<OrderPlaced> Twelve { get; } =
    [
        new("S-1001", "NL", "lamp", 1, 49.00m),
        new("S-1002", "BE", "desk", 1, 320.00m),
        new("S-1003", "NL", "chair", 2, 640.00m),
        new("S-1004", "DE", "lamp", 3, 147.00m),
        new("S-1005", "NL", "shelf", 1, 89.50m),
        new("S-1006", "FR", "desk", 20, 6_400.00m),
        new("S-1007", "NL", "chair", 1, 320.00m),
        new("S-1008", "GR", "lamp", 6, 294.00m),
        new("S-1009", "NL", "shelf", 2, 179.00m),
        new("S-1010", "BE", "chair", 4, 1_280.00m),
        new("S-1011", "FR", "lamp", 1, 49.00m),
        new("S-1012", "NL", "desk", 1, 320.00m),
    ];

    /// <summary>Two more, whose customers want an invoice: one pays in two parts, the other forgets to.</summary>
    public static IReadOnlyList<OrderPlaced> PaidByTransfer { get; } =
    [
        new("S-1013", "NL", "chair", 2, 640.00m, IsPaidByTransfer: true),
        new("S-1014", "NL", "lamp", 1, 49.00m, IsPaidByTransfer: true),
    ];

    /// <summary>One of the many orders of the load, counted from 1: three in ten go abroad, one in a thousand to Greece.</summary>
    public static OrderPlaced Nth(int n) => new(
        $"S-{n}",
        n % 1_000 == 0 ? "GR" : Countries[n % Countries.Length],
        Skus[n % Skus.Length],
        1 + (n % 3),
        n % 100 == 50 ? 6_000 : n % 20 == 5 ? 750 : 20 + (n * 37 % 400));
}
