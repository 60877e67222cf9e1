using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class AttemptRaceTests
{
    private const int Rounds = 200_000;

    // A handler that waits may go on, on another thread, while the publisher's thread still narrows the attempt to it.
    [Fact]
    public async Task Narrow_WhileTheHandlerUsesItsContext_LeavesThatContextValid()
    {
        Attempt attempt = new(Sample.Envelope());
        Places places = new();
        int version = 0;
        int faults = 0;
        int checkedRounds = 0;
        Task handler = TestStand.OnThread(() =>
        {
            for (int round = 1; round <= Rounds; round++)
            {
                SpinWait spin = default;
                int mine;
                while ((mine = Volatile.Read(ref version)) == 0)
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                }

                for (int i = 0; i < 20; i++)
                {
                    faults += attempt.IsValid(mine) && attempt.SubscriptionNameAt(mine) == "2" ? 0 : 1;
                }

                Volatile.Write(ref version, 0);
                Volatile.Write(ref checkedRounds, round);
            }
        });

        for (int round = 1; round <= Rounds; round++)
        {
            attempt.Widen(places, 4);
            Volatile.Write(ref version, attempt.Version + 2);
            attempt.Narrow(2);
            SpinWait spin = default;
            while (Volatile.Read(ref checkedRounds) < round && !handler.IsCompleted)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            attempt.End();
        }

        await TestStand.Soon(handler);
        Assert.Equal(0, faults);
    }

    private sealed class Places : IAttemptPlaces
    {
        private static readonly string[] Names = ["0", "1", "2", "3"];

        public string NameAt(int place) => Names[place];

        public AttemptWatch WatchAt(int place) => throw new NotSupportedException();
    }
}
