using System.Collections.Concurrent;
using DotNetCore.CAP.Internal;
using DotNetCore.CAP.Messages;
using DotNetCore.CAP.Monitoring;
using DotNetCore.CAP.Persistence;
using DotNetCore.CAP.Serialization;

namespace EventBus.Benchmarks.Peers.Cap;

/// <summary>The least storage that CAP runs on: it keeps what has not succeeded yet.</summary>
internal sealed class CapMemory(ISerializer serializer, ISnowflakeId ids) : IDataStorage, IStorageInitializer
{
    private readonly ConcurrentDictionary<string, MediumMessage> _published = new();
    private readonly ConcurrentDictionary<string, MediumMessage> _received = new();

    public Task InitializeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public string GetPublishedTableName() => "published";

    public string GetReceivedTableName() => "received";

    public string GetLockTableName() => "";

    public Task<bool> AcquireLockAsync(string key, TimeSpan ttl, string instance, CancellationToken token) =>
        Task.FromResult(true);

    public Task ReleaseLockAsync(string key, string instance, CancellationToken token) => Task.CompletedTask;

    public Task RenewLockAsync(string key, TimeSpan ttl, string instance, CancellationToken token) => Task.CompletedTask;

    public Task<MediumMessage> StoreMessageAsync(string name, Message content, object? transaction = null) =>
        Keep(_published, content.GetId(), content);

    public Task<MediumMessage> StoreReceivedMessageAsync(string name, string group, Message content) =>
        Keep(_received, ids.NextId().ToString(null, null), content);

    public Task ChangePublishStateAsync(MediumMessage message, StatusName state, object? transaction = null) =>
        Settle(_published, message, state);

    public Task ChangeReceiveStateAsync(MediumMessage message, StatusName state) => Settle(_received, message, state);

    public Task ChangePublishStateToDelayedAsync(string[] ids) => Task.CompletedTask;

    public Task StoreReceivedExceptionMessageAsync(string name, string group, string content) =>
        throw new InvalidOperationException($"CAP could not read a message: {content}.");

    public Task<int> DeleteExpiresAsync(string table, DateTime timeout, int batchCount, CancellationToken token) =>
        Task.FromResult(0);

    public Task<IEnumerable<MediumMessage>> GetPublishedMessagesOfNeedRetry(TimeSpan lookbackSeconds) =>
        Task.FromResult<IEnumerable<MediumMessage>>([]);

    public Task<IEnumerable<MediumMessage>> GetReceivedMessagesOfNeedRetry(TimeSpan lookbackSeconds) =>
        Task.FromResult<IEnumerable<MediumMessage>>([]);

    public Task ScheduleMessagesOfDelayedAsync(
        Func<object, IEnumerable<MediumMessage>, Task> scheduleTask, CancellationToken token) => Task.CompletedTask;

    public Task<int> DeleteReceivedMessageAsync(long id) => Task.FromResult(0);

    public Task<int> DeletePublishedMessageAsync(long id) => Task.FromResult(0);

    public IMonitoringApi GetMonitoringApi() => throw new NotSupportedException("Nobody looks at the benchmark's storage.");

    private Task<MediumMessage> Keep(ConcurrentDictionary<string, MediumMessage> messages, string id, Message content)
    {
        MediumMessage message = new()
        {
            DbId = id,
            Origin = content,
            Content = serializer.Serialize(content),
            Added = DateTime.UtcNow,
        };
        messages[id] = message;
        return Task.FromResult(message);
    }

    private static Task Settle(ConcurrentDictionary<string, MediumMessage> messages, MediumMessage message, StatusName state)
    {
        if (state == StatusName.Succeeded)
        {
            messages.TryRemove(message.DbId, out _);
        }

        return Task.CompletedTask;
    }
}
