using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WebhookRouter.Webhooks;

/// <summary>The event names that have a type of their own.</summary>
internal static class WebhookTypes
{
    private static readonly FrozenDictionary<string, Func<JsonElement, IWebhook>> ByName =
        new Dictionary<string, Func<JsonElement, IWebhook>>
        {
            ["push"] = Reader(WebhookJson.Default.PushWebhook),
            ["issues"] = Reader(WebhookJson.Default.IssuesWebhook),
            ["issue_comment"] = Reader(WebhookJson.Default.IssueCommentWebhook),
            ["pull_request"] = Reader(WebhookJson.Default.PullRequestWebhook),
            ["pull_request_review"] = Reader(WebhookJson.Default.PullRequestReviewWebhook),
            ["release"] = Reader(WebhookJson.Default.ReleaseWebhook),
            ["repository"] = Reader(WebhookJson.Default.RepositoryWebhook),
            ["star"] = Reader(WebhookJson.Default.StarWebhook),
            ["fork"] = Reader(WebhookJson.Default.ForkWebhook),
            ["create"] = Reader(WebhookJson.Default.CreateWebhook),
            ["delete"] = Reader(WebhookJson.Default.DeleteWebhook),
            ["deployment_status"] = Reader(WebhookJson.Default.DeploymentStatusWebhook),
            ["check_run"] = Reader(WebhookJson.Default.CheckRunWebhook),
            ["check_suite"] = Reader(WebhookJson.Default.CheckSuiteWebhook),
            ["workflow_run"] = Reader(WebhookJson.Default.WorkflowRunWebhook),
            ["workflow_job"] = Reader(WebhookJson.Default.WorkflowJobWebhook),
            ["code_scanning_alert"] = Reader(WebhookJson.Default.CodeScanningAlertWebhook),
            ["dependabot_alert"] = Reader(WebhookJson.Default.DependabotAlertWebhook),
            ["repository_vulnerability_alert"] = Reader(WebhookJson.Default.RepositoryVulnerabilityAlertWebhook),
            ["security_advisory"] = Reader(WebhookJson.Default.SecurityAdvisoryWebhook),
            ["ping"] = Reader(WebhookJson.Default.PingWebhook),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Makes the event of a name and its payload; the generic one where the name has no type.</summary>
    /// <exception cref="JsonException">The payload lacks something the type requires, or has it in another form.</exception>
    public static IWebhook Read(string name, JsonElement payload) =>
        ByName.TryGetValue(name, out Func<JsonElement, IWebhook>? read) ? read(payload) : UnknownWebhook.Of(name, payload);

    private static Func<JsonElement, IWebhook> Reader<TWebhook>(JsonTypeInfo<TWebhook> type)
        where TWebhook : class, IWebhook =>
        payload => payload.Deserialize(type) ?? throw new JsonException("The payload is null.");
}
