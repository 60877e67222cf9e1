using EventBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookRouter.Reporting;
using WebhookRouter.Webhooks;

namespace WebhookRouter.Handling;

/// <summary>Who wants which webhooks.</summary>
internal static class WebhookSubscriptions
{
    public const string Audit = "audit.all";

    /// <summary>Adds the subscriptions to a bus.</summary>
    /// <param name="bus">The bus to be.</param>
    /// <param name="audited">Counts what the audit sees: every event, by name.</param>
    /// <param name="handled">Takes notes of what the other handlers do.</param>
    public static void Add(EventBusBuilder bus, EventNameCounts audited, HandledWebhooks handled)
    {
        bus.Services.AddSingleton(handled);

        // By base type: every webhook, once, in the publisher's own flow.
        bus.Subscribe<IWebhook>(Audit, (webhook, _, _) =>
        {
            audited.Add(webhook);
            return default;
        }).Inline();

        // By type and content, to handler classes behind a queue.
        bus.Subscribe<IssuesWebhook, TriageBug>("issues.triage-bug")
            .Where(static webhook => webhook.Action == "opened" && webhook.Issue.HasLabel("bug"))
            .Queue(static queue => queue.MaxConcurrency = 1);
        bus.Subscribe<PushWebhook, DeployDefaultBranch>("deploy.default-branch")
            .Where(static webhook => webhook.IsToDefaultBranch)
            .DoNotRetry<NothingToDeployException>()
            .Queue(static queue => queue.MaxConcurrency = 1);

        // By interface and content: four kinds of alert on one scale, each alert to exactly one of the two.
        bus.Subscribe<ISecurityAlert, PageOnCall>("security.page-on-call")
            .Where(static alert => alert.IsOpen && alert.Severity >= Severity.High)
            .Retry(static retry => retry.MaxRetryAttempts = 5);
        Note<ISecurityAlert>("security.backlog", static alert => $"{alert.Severity} {alert.Name}, {alert.Subject}")
            .Where(static alert => !(alert.IsOpen && alert.Severity >= Severity.High));
        Note<IBuildResult>("builds.failed", static build => $"{build.Name} {build.Run.Name} in {build.Repository?.FullName}")
            .Where(static build => build.Action == "completed" && build.Run.Conclusion is "failure" or "timed_out");

        // Lambdas; the quick ones inline.
        Note<PullRequestWebhook>("pull-requests.to-review", static webhook => $"#{webhook.PullRequest.Number} {webhook.PullRequest.Title}")
            .Where(static webhook => webhook.Action is "opened" or "ready_for_review" && !webhook.PullRequest.Draft);
        Note<PullRequestWebhook>("pull-requests.merged", static webhook => $"#{webhook.PullRequest.Number} {webhook.PullRequest.Title}")
            .Where(static webhook => webhook.IsMergeToDefaultBranch);
        Note<ReleaseWebhook>("releases.announce", static webhook => $"{webhook.Repository.FullName} {webhook.Release.TagName}")
            .Where(static webhook =>
                webhook is { Action: "published", Release: { Prerelease: false, Draft: false } })
            .Inline();
        Note<StarWebhook>("stars.thank", static webhook => $"{webhook.Sender.Login} for {webhook.Repository.FullName}")
            .Where(static webhook => webhook.Action == "created")
            .Inline();
        Note<UnknownWebhook>("unknown.inbox", static webhook => $"{webhook.Name} {webhook.Action}");

        SubscriptionBuilder<TWebhook> Note<TWebhook>(string name, Func<TWebhook, string> describe)
            where TWebhook : IWebhook =>
            bus.Subscribe<TWebhook>(name, (webhook, context, _) =>
            {
                handled.Note(context, describe(webhook));
                return default;
            });
    }
}
