namespace Storefront.Orders;

/// <summary>How far an order has come.</summary>
public enum OrderStatus
{
    /// <summary>Placed; something is still to happen.</summary>
    Open,

    /// <summary>Paid, shipped and in the books.</summary>
    Completed,

    /// <summary>Not paid.</summary>
    Cancelled,
}
