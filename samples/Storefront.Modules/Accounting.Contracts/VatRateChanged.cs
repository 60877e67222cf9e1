namespace Storefront.Accounting.Contracts;

/// <summary>The finance office has set a country's value-added tax; 0.21 stands for 21 %.</summary>
public sealed record VatRateChanged(string Country, decimal Rate);
