namespace WebhookRouter.Handling;

/// <summary>A push says that a branch moved, but not to which commit. Another attempt would read the same.</summary>
internal sealed class NothingToDeployException(string message) : InvalidOperationException(message);
