using System.Text;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Tests.Parsing;

public sealed class PatternParserFuzzTests
{
    private const int Mutants = 200_000;

    [Fact]
    public void TryParse_MutatedPatterns_GiveErrorOrBranchesAndNeverThrow()
    {
        Random random = new(20_261_201);
        Vector[] vectors = Vector.All;
        for (int i = 0; i < Mutants; i++)
        {
            string text = Mutate(random, vectors[random.Next(vectors.Length)].Pattern, vectors[random.Next(vectors.Length)].Pattern);
            PatternProfile profile = (i & 1) == 0 ? PatternProfile.Strict : PatternProfile.EventBridge;

            bool isTaken = PatternParser.TryParse(text, profile, out Branch[]? branches, out EventPatternError? error);

            bool isCoherent = isTaken
                ? branches is { Length: > 0 and <= 1000 } && error is null
                : branches is null && error is { Line: > 0, Column: > 0, Problem.Length: > 0, Remedy.Length: > 0 };
            Assert.True(isCoherent, $"{text}: {error}");
        }
    }

    private static string Mutate(Random random, string pattern, string other)
    {
        StringBuilder text = new(pattern);
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            int at = random.Next(text.Length + 1);
            int length = random.Next(text.Length - at + 1);
            switch (random.Next(7))
            {
                case 0 when at < text.Length:
                    text[at] = (char)(text[at] ^ (1 << random.Next(7)));
                    break;
                case 1 when at < text.Length:
                    text[at] = "\"\\{}[],:*\u00e9\uD83D\uDE00 0e-"[random.Next(16)];
                    break;
                case 2:
                    text.Remove(at, Math.Min(length, 8));
                    break;
                case 3:
                    text.Length = at;
                    break;
                case 4:
                    text.Insert(at, other.AsSpan(Math.Min(at, other.Length)));
                    break;
                case 5:
                    int depth = random.Next(300);
                    text.Insert(0, string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "{\"$or\":[" : "{\"a\":", depth))).Append('}', depth);
                    break;
                default:
                    text.Insert(at, text.ToString(at, Math.Min(length, 40)));
                    break;
            }
        }

        return text.ToString();
    }
}
