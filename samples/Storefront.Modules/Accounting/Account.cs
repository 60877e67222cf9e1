namespace Storefront.Accounting;

/// <summary>An account of the ledger.</summary>
public enum Account
{
    /// <summary>Money that customers have paid.</summary>
    Payments,

    /// <summary>What the shop has earned by sales, without tax.</summary>
    Sales,

    /// <summary>What the shop owes to the tax offices.</summary>
    Vat,

    /// <summary>What the shop has spent on goods.</summary>
    Purchases,
}
