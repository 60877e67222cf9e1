using System.Diagnostics;
using EventBus.DeadLettering;

namespace EventBus.Delivering.Batches;

/// <summary>Takes the deliveries of one batch through one attempt, and hands each on to what follows for it.</summary>
/// <remarks>
/// <para>
/// Owned by one flow. A call of the handler is an attempt at a delivery that stands for all of the batch, with the timeout, the pipeline and
/// the shutdown of any other. After it, each member goes its own way: success, retry or dead letter.
/// </para>
/// <para>
/// Of a lane the batch has several only in their order. When one of them has failed, those behind it go back into the lane, whatever has
/// become of them: they follow when it has ended, and no attempt at them is counted.
/// </para>
/// <para>
/// Bisecting is AWS Lambda's BisectBatchOnFunctionError, with one call less at each step: where the first half of a batch that failed has
/// succeeded, the failure is in the second, and that is split without being called as a whole.
/// </para>
/// </remarks>
internal sealed class BatchRun(Deliverer deliverer, IReadOnlyList<Delivery> members, Func<Delivery, ValueTask<AttemptResult>> resume)
{
    private Delivery? _call;
    private Activity? _activity;
    private Exception? _failure;

    // Made for the first failure in a lane.
    private ILookup<IDeliveryLane, Delivery>? _byLane;

    /// <summary>Those that have not been handed on.</summary>
    public IReadOnlyList<Delivery> Left => [.. members.Where(IsOurs)];

    /// <summary>The attempt whose handler runs; null between calls.</summary>
    public Attempt? CurrentAttempt => Volatile.Read(ref _call)?.CurrentAttempt;

    /// <summary>Makes the members this batch's.</summary>
    public void Begin()
    {
        foreach (Delivery member in members)
        {
            member.Run = this;
        }
    }

    /// <summary>Goes on until each member is settled or waits for its retry. Never throws.</summary>
    public async ValueTask RunAsync()
    {
        try
        {
            await RunOnceAsync().ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // An exception of the application's that cannot even say what it is. The events must not be lost.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (Delivery member in Left)
            {
                await GiveUpAsync(member, exception).ConfigureAwait(Continuation.Capture);
            }
        }
    }

    private async ValueTask RunOnceAsync()
    {
        List<Delivery> begun = new(members.Count);
        foreach (Delivery member in members)
        {
            if (!IsOurs(member))
            {
                continue;
            }

            if (deliverer.FindHindrance(member) is { } hindrance)
            {
                await FailAsync(new AttemptResult(member, hindrance, null)).ConfigureAwait(Continuation.Capture);
            }
            else
            {
                begun.Add(member);
            }
        }

        if (begun.Count == 0)
        {
            return;
        }

        BeginSpan(begun);
        await CallAsync([.. begun], countsAttempts: true).ConfigureAwait(Continuation.Capture);
        EndSpan();
    }

    /// <returns>Whether the handler ended well, whatever it reported of single members.</returns>
    private async ValueTask<bool> CallAsync(Delivery[] whole, bool countsAttempts)
    {
        // Without those that went back since.
        Delivery[] part = Array.TrueForAll(whole, IsOurs) ? whole : Array.FindAll(whole, IsOurs);
        if (part.Length == 0)
        {
            return true;
        }

        Batch batch = new(part, countsAttempts);
        AttemptResult result = await AttemptAsync(batch).ConfigureAwait(Continuation.Capture);
        if (result.IsSuccess)
        {
            for (int i = 0; i < part.Length; i++)
            {
                await EndAsync(part[i], batch.FailureOf(i)).ConfigureAwait(Continuation.Capture);
            }

            return true;
        }

        _failure = result.Exception;
        if (part.Length > 1 && deliverer.Settings.Bisects && result.Failure is FailureKind.Thrown or FailureKind.TimedOut)
        {
            await BisectAsync(part).ConfigureAwait(Continuation.Capture);
            return false;
        }

        DeliveryFailure? failure = result.Exception is null ? null : deliverer.Describe(result.Exception, attempt: 0);
        foreach (Delivery member in part)
        {
            if (!IsOurs(member))
            {
                continue;
            }

            if (failure is not null)
            {
                member.Note(result.Exception!, failure with { Attempt = member.Attempts });
            }

            await FailAsync(result with { Delivery = member }).ConfigureAwait(Continuation.Capture);
        }

        return false;
    }

    private async ValueTask BisectAsync(Delivery[] part)
    {
        Delivery[] first = part[..(part.Length / 2)];
        Delivery[] second = part[first.Length..];
        bool isInSecond = await CallAsync(first, countsAttempts: false).ConfigureAwait(Continuation.Capture);
        if (isInSecond && second.Length > 1)
        {
            await BisectAsync(second).ConfigureAwait(Continuation.Capture);
        }
        else
        {
            await CallAsync(second, countsAttempts: false).ConfigureAwait(Continuation.Capture);
        }
    }

    private async ValueTask<AttemptResult> AttemptAsync(Batch batch)
    {
        // What a batch causes, its longest chain has caused: an endless loop through batches must come to its limit, too.
        Delivery cause = batch.Members.MaxBy(static member => member.Envelope.HopCount)!;
        Delivery call = new(Envelope.Of(cause.Envelope.Metadata, batch), deliverer)
        {
            Batch = batch,

            // The age was looked at for each, and is not looked at again.
            AgeFrom = DateTimeOffset.MaxValue,
            Activity = _activity,
            StartedAt = batch.Members[0].StartedAt,
        };
        Volatile.Write(ref _call, call);
        try
        {
            return await deliverer.AttemptAsync(call).ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // A logger or listener of the application's threw. The events must not be lost.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new AttemptResult(call, FailureKind.Thrown, exception);
        }
    }

    // After a call that ended well.
    private ValueTask EndAsync(Delivery member, Exception? exception)
    {
        if (!IsOurs(member))
        {
            return default;
        }

        if (exception is null)
        {
            return HandOnAsync(new AttemptResult(member, null, null));
        }

        member.Note(exception, deliverer.Describe(exception, member.Attempts));
        return FailAsync(new AttemptResult(member, deliverer.Classify(member, exception), exception));
    }

    // Another batch may have it as soon as it went back.
    private bool IsOurs(Delivery member) => ReferenceEquals(member.Run, this);

    private async ValueTask FailAsync(AttemptResult result)
    {
        List<Delivery> later = Later(result.Delivery);
        bool haveGoneBack = true;
        if (later.Count > 0)
        {
            foreach (Delivery member in later)
            {
                // Whatever stands behind another in its lane has never failed, or it would have held the lane itself.
                member.Run = null;
                member.TakeBackAttempts();
            }

            // Before the failed one is handed on: as a dead letter it may have them parked behind itself.
            haveGoneBack = result.Delivery.Lane!.TryReturn(later);
        }

        await HandOnAsync(result).ConfigureAwait(Continuation.Capture);
        if (!haveGoneBack)
        {
            foreach (Delivery member in later)
            {
                await HandOnAsync(new AttemptResult(member, FailureKind.Stopped, null)).ConfigureAwait(Continuation.Capture);
            }
        }
    }

    private List<Delivery> Later(Delivery failed)
    {
        if (failed.Lane is not { } lane)
        {
            return [];
        }

        _byLane ??= members.Where(static member => member.Lane is not null).ToLookup(static member => member.Lane!);
        return [.. _byLane[lane].SkipWhile(member => member != failed).Skip(1)];
    }

    private async ValueTask HandOnAsync(AttemptResult result)
    {
        // Before, for a retry may come up in another batch while this one is told of it.
        result.Delivery.Run = null;
        try
        {
            await deliverer.TakeAsync(result, resume).ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // A logger or listener of the application's threw. It must not touch the other members.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await GiveUpAsync(result.Delivery, exception).ConfigureAwait(Continuation.Capture);
        }
    }

    private async ValueTask GiveUpAsync(Delivery member, Exception exception)
    {
        try
        {
            await deliverer.GiveUpAsync(member, DeadLetterReason.RetriesExhausted, exception).ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // The same one, on the way out: the letter is written.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void BeginSpan(IReadOnlyList<Delivery> begun)
    {
        try
        {
            _activity = deliverer.Report.BeginBatch(begun);
            if (_activity is not null)
            {
                // Letters of members are written below the span of their batch.
                Activity.Current = _activity;
            }
        }
#pragma warning disable CA1031 // A listener of the application's threw: the batch goes on without a span.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void EndSpan()
    {
        try
        {
            DeliveryReport.EndBatch(_activity, _failure);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
