namespace EventBus.Patterns.Tests;

/// <summary>What an action allocates once everything is warm.</summary>
internal static class Allocation
{
    private const int Rounds = 2_000;

    public static long Of(Action action)
    {
        long least = long.MaxValue;

        // The runtime itself allocates now and then, as when it compiles a method anew: the best of some tries counts.
        for (int i = 0; i < 10 && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < Rounds; round++)
            {
                action();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
