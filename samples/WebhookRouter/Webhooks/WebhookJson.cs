using System.Text.Json.Serialization;
using WebhookRouter.Reading;

namespace WebhookRouter.Webhooks;

/// <summary>How JSON becomes webhooks: by generated code, and strictly.</summary>
/// <remarks>
/// A constructor parameter without a default must be there, one that is not nullable must not be null, and no property may come
/// twice. Properties that nobody here reads are passed over: senders add to them all the time.
/// </remarks>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(WebhookLine))]
[JsonSerializable(typeof(UnknownWebhookOrigin))]
[JsonSerializable(typeof(PushWebhook))]
[JsonSerializable(typeof(IssuesWebhook))]
[JsonSerializable(typeof(IssueCommentWebhook))]
[JsonSerializable(typeof(PullRequestWebhook))]
[JsonSerializable(typeof(PullRequestReviewWebhook))]
[JsonSerializable(typeof(ReleaseWebhook))]
[JsonSerializable(typeof(RepositoryWebhook))]
[JsonSerializable(typeof(StarWebhook))]
[JsonSerializable(typeof(ForkWebhook))]
[JsonSerializable(typeof(CreateWebhook))]
[JsonSerializable(typeof(DeleteWebhook))]
[JsonSerializable(typeof(DeploymentStatusWebhook))]
[JsonSerializable(typeof(CheckRunWebhook))]
[JsonSerializable(typeof(CheckSuiteWebhook))]
[JsonSerializable(typeof(WorkflowRunWebhook))]
[JsonSerializable(typeof(WorkflowJobWebhook))]
[JsonSerializable(typeof(CodeScanningAlertWebhook))]
[JsonSerializable(typeof(DependabotAlertWebhook))]
[JsonSerializable(typeof(RepositoryVulnerabilityAlertWebhook))]
[JsonSerializable(typeof(SecurityAdvisoryWebhook))]
[JsonSerializable(typeof(PingWebhook))]
internal sealed partial class WebhookJson : JsonSerializerContext;
