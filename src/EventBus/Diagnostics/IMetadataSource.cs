namespace EventBus.Diagnostics;

/// <summary>An event whose metadata is made when somebody asks.</summary>
internal interface IMetadataSource
{
    EventMetadata Metadata { get; }
}
