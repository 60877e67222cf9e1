namespace WebhookRouter.Webhooks;

/// <summary>Maps the words of advisories, alerts and scanners to one scale.</summary>
internal static class SeverityScale
{
    public static Severity Read(string? word) => word switch
    {
        "low" or "note" => Severity.Low,
        "medium" or "moderate" or "warning" => Severity.Medium,
        "high" or "error" => Severity.High,
        "critical" => Severity.Critical,
        _ => Severity.Unknown,
    };
}
