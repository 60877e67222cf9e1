using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Tests.Events;

/// <summary>What a thread keeps of one event for the next.</summary>
public sealed class EventReadingTests
{
    [Fact]
    public void Rent_AfterASmallEvent_TakesTheSameReadingEmptied()
    {
        var first = EventReading.Rent(fieldCount: 1);
        first.AddString(0, first.AddElement(0, new FieldNode()), "text");
        first.Return();

        var second = EventReading.Rent(fieldCount: 1);

        Assert.Same(first, second);
        Assert.Equal((0, 1, 0), (second.ValueCount, second.ElementCount, second.FirstOf(0)));
        second.Return();
    }

    public static TheoryData<string> Growths => ["text", "values", "elements", "marks"];

    [Theory]
    [MemberData(nameof(Growths))]
    public void Rent_AfterAHugeEvent_LetsItsMemoryGo(string growth)
    {
        var huge = EventReading.Rent(fieldCount: 1);
        FieldNode array = new();
        switch (growth)
        {
            case "text":
                huge.AddString(0, 0, new string('x', 2_000_000));
                break;
            case "marks":
                huge.Memory.Elements.Take(20_000);
                break;
            default:
                for (int i = 0; i < 100_000; i++)
                {
                    if (growth == "values")
                    {
                        huge.AddNumber(0, 0, i);
                    }
                    else
                    {
                        huge.AddElement(0, array);
                    }
                }

                break;
        }

        huge.Return();
        var next = EventReading.Rent(fieldCount: 1);

        Assert.NotSame(huge, next);
        next.Return();
    }
}
