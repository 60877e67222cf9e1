namespace Storefront.Accounting;

/// <summary>The shop's books. Thread-safe.</summary>
public sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Account, decimal> _balances = Enum.GetValues<Account>().ToDictionary(each => each, _ => 0m);

    /// <summary>The sum of all entries of one account.</summary>
    public decimal Balance(Account account)
    {
        lock (_gate)
        {
            return _balances[account];
        }
    }

    /// <summary>Writes all entries or none.</summary>
    internal void Enter(params ReadOnlySpan<(Account Account, decimal Amount)> entries)
    {
        lock (_gate)
        {
            foreach ((Account account, decimal amount) in entries)
            {
                _balances[account] += amount;
            }
        }
    }
}
