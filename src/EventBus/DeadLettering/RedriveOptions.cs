namespace EventBus.DeadLettering;

/// <summary>How to redrive many letters.</summary>
public sealed class RedriveOptions
{
    /// <summary>How many letters to hand over each second, so that a service just back on its feet is not knocked down again.</summary>
    /// <value>Above zero, at least one a day; null by default: as fast as the subscriptions take them.</value>
    public double? MaxPerSecond { get; set; }

    /// <summary>Counts what would be redriven, and changes nothing.</summary>
    /// <value>False by default.</value>
    public bool DryRun { get; set; }
}
