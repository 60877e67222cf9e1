namespace WebhookRouter.Webhooks;

/// <summary>How bad a weakness is, on one scale for all senders.</summary>
internal enum Severity
{
    /// <summary>A word this program does not know. Ranked highest: what nobody could judge, somebody must look at.</summary>
    Unknown = int.MaxValue,
    Low = 1,
    Medium = 2,
    High = 3,
    Critical = 4,
}
