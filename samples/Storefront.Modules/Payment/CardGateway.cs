using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Storefront.Payment;

/// <summary>Stands for the card company's service: slow, but reliable.</summary>
internal sealed class CardGateway(IConfiguration configuration)
{
    private const decimal Limit = 5_000;

    private readonly TimeSpan _latency = TimeSpan.Parse(
        configuration["Payment:GatewayLatency"] ?? "00:00:00.050", CultureInfo.InvariantCulture);

    /// <returns>Whether the bank agrees.</returns>
    public async ValueTask<bool> ChargeAsync(decimal amount, CancellationToken cancellationToken)
    {
        if (_latency > TimeSpan.Zero)
        {
            await Task.Delay(_latency, cancellationToken);
        }

        return amount <= Limit;
    }
}
