using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
    /// <param name="routes">Tells which webhooks each of them wants.</param>
    /// <exception cref="FormatException">The routes are not those of the subscriptions.</exception>
    public static void Add(EventBusBuilder bus, EventNameCounts audited, HandledWebhooks handled, Routes routes)
    {
        bus.Services.AddSingleton(handled);

        // The patterns name fields as the payloads do.
        bus.Configure(static options => options.PatternJsonOptions = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        });

        // By base type: every webhook, once, in the publisher's own flow.
        bus.Subscribe<IWebhook>(Audit, (webhook, _, _) =>
        {
            audited.Add(webhook);
            return default;
        }).Inline();

        // By type and content, to handler classes behind a queue.
        To<IssuesWebhook, TriageBug>("issues.triage-bug").Queue(static queue => queue.MaxConcurrency = 1);
        To<PushWebhook, DeployDefaultBranch>("deploy.default-branch")
            .DoNotRetry<NothingToDeployException>()
            .Queue(static queue => queue.MaxConcurrency = 1);

        // By interface and content: four kinds of alert on one scale, each alert to exactly one of the two.
        To<ISecurityAlert, PageOnCall>("security.page-on-call").Retry(static retry => retry.MaxRetryAttempts = 5);
        Note<ISecurityAlert>("security.backlog", static alert => $"{alert.Severity} {alert.Name}, {alert.Subject}");
        Note<IBuildResult>("builds.failed", static build => $"{build.Name} {build.Run.Name} in {build.Repository?.FullName}");

        // Lambdas; the quick ones inline.
        Note<PullRequestWebhook>("pull-requests.to-review", static webhook => $"#{webhook.PullRequest.Number} {webhook.PullRequest.Title}");
        Note<PullRequestWebhook>("pull-requests.merged", static webhook => $"#{webhook.PullRequest.Number} {webhook.PullRequest.Title}");
        Note<ReleaseWebhook>("releases.announce", static webhook => $"{webhook.Repository.FullName} {webhook.Release.TagName}").Inline();
        Note<StarWebhook>("stars.thank", static webhook => $"{webhook.Sender.Login} for {webhook.Repository.FullName}").Inline();
        routes.ThrowIfAnyLeft();

        // By type alone.
        bus.Subscribe<UnknownWebhook>("unknown.inbox", (webhook, context, _) =>
        {
            handled.Note(context, $"{webhook.Name} {webhook.Action}");
            return default;
        });

        SubscriptionBuilder<TWebhook> To<TWebhook, THandler>(string name)
            where TWebhook : IWebhook
            where THandler : class, IEventHandler<TWebhook> =>
            bus.Subscribe<TWebhook, THandler>(name).Matching(routes.Take(name));

        SubscriptionBuilder<TWebhook> Note<TWebhook>(string name, Func<TWebhook, string> describe)
            where TWebhook : IWebhook =>
            bus.Subscribe<TWebhook>(name, (webhook, context, _) =>
            {
                handled.Note(context, describe(webhook));
                return default;
            }).Matching(routes.Take(name));
    }
}
