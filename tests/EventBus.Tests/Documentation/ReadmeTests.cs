using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventBus.Tests.Documentation;

/// <summary>Compiles every block of C# that the README, the pages under docs and the packages' and samples' pages show.</summary>
/// <remarks>
/// <para>A block that begins with <c>#:</c> or <c>using</c> is a whole program: it compiles as it stands, with the usings of the
/// SDK, once its <c>#:</c> lines are taken out. Every other block is a fragment of one: it compiles with <see cref="Given"/>
/// beside it. A fragment may mix statements and types in any order.</para>
/// <para>What tells of event patterns is compiled, and run, by the tests of that package.</para>
/// <para>A block that is not meant to compile is not marked as <c>csharp</c>.</para>
/// </remarks>
public sealed class ReadmeTests
{
    private const string SdkUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>What a fragment may use without declaring it. What it declares itself goes before these.</summary>
    private const string Given = SdkUsings + """

        global using EventBus;
        global using EventBus.DeadLettering;
        global using EventBus.Delivering;
        global using EventBus.Diagnostics;
        global using EventBus.Dispatching;
        global using EventBus.Publishing;
        global using EventBus.Testing;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        global using Microsoft.Extensions.Time.Testing;
        global using Polly;
        global using Polly.CircuitBreaker;
        global using Shop;
        global using static Shop.Given;

        namespace EventBus.Testing { }

        namespace Shop
        {
            public interface IOrderEvent { string OrderId { get; } }

            public sealed record OrderPlaced(string OrderId, decimal Total = 0m, string Country = "NL") : IOrderEvent;

            public sealed record OrderCancelled(string OrderId) : IOrderEvent;

            public sealed record StockReserved(string OrderId);

            public interface IStock;

            public sealed class EmptyStock : IStock;

            public sealed class StockDb
            {
                public Task ReserveAsync(string orderId, CancellationToken cancellationToken) => Task.CompletedTask;
            }

            public sealed class ReserveStock(StockDb db) : IEventHandler<OrderPlaced>
            {
                public async ValueTask HandleAsync(OrderPlaced order, EventContext context, CancellationToken cancellationToken) =>
                    await db.ReserveAsync(order.OrderId, cancellationToken);
            }

            public sealed class PaymentRefusedException : Exception;

            public static class Given
            {
                public static readonly HostApplicationBuilder builder = Host.CreateApplicationBuilder();
                public static readonly IServiceCollection services = new ServiceCollection();
                public static readonly IServiceProvider provider = services.BuildServiceProvider();
                public static readonly IEventBus bus = provider.GetRequiredService<IEventBus>();
                public static readonly IDeadLetters deadLetters = provider.GetRequiredService<IDeadLetters>();
                public static readonly IEventBusMonitor monitor = provider.GetRequiredService<IEventBusMonitor>();
                public static readonly ISubscriptionControl control = provider.GetRequiredService<ISubscriptionControl>();
                public static readonly OrderPlaced order = new("A-1", 640m, "BR");
                public static readonly CancellationToken cancellationToken;
            }
        }
        """;

    private static readonly string[] Shown = ["docs/", "samples/", "src/"];

    private static readonly string[] HeldElsewhere = ["docs/patterns.md", "src/EventBus.Patterns/README.md"];

    private static readonly CSharpParseOptions Syntax = new(LanguageVersion.Latest);

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(File.Exists)
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<string, int> Blocks()
    {
        TheoryData<string, int> blocks = [];
        foreach (string file in Documents.All()
            .Where(static file => file == "README.md" || Shown.Any(file.StartsWith))
            .Except(HeldElsewhere))
        {
            foreach ((int line, _) in Documents.Blocks(file, "csharp"))
            {
                blocks.Add(file, line);
            }
        }

        return blocks;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void CodeBlock_AsPrinted_Compiles(string file, int line)
    {
        string code = Documents.Blocks(file, "csharp").Single(block => block.Line == line).Text;

        string errors = string.Join('\n', Compile(code)
            .Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(diagnostic => $"{file}({LineOf(diagnostic, line)}): {diagnostic.Id}: {diagnostic.GetMessage(null)}"));

        Assert.True(errors.Length == 0, errors);
    }

    [Fact]
    public void FirstBlockOfTheReadme_IsTheSampleHello()
    {
        string sample = Path.Combine(Documents.Root, "samples", "hello.cs");
        Assert.SkipUnless(File.Exists(sample), "There is no samples/hello.cs.");

        string block = Documents.Blocks("README.md", "csharp").First().Text;

        Assert.Equal(WithoutDirectives(File.ReadAllText(sample)), WithoutDirectives(block));
    }

    private static ImmutableArray<Diagnostic> Compile(string code)
    {
        bool isProgram = code.StartsWith("#:", StringComparison.Ordinal) || code.StartsWith("using ", StringComparison.Ordinal);
        SyntaxTree tree = CSharpSyntaxTree.ParseText(isProgram ? WithoutDirectives(code) : code, Syntax, path: "block");
        if (!isProgram)
        {
            tree = StatementsFirst(tree);
        }

        bool hasStatements = tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();
        return CSharpCompilation.Create(
            "Block",
            [tree, CSharpSyntaxTree.ParseText(isProgram ? SdkUsings : Given, Syntax)],
            References,
            new CSharpCompilationOptions(
                hasStatements ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable)).GetDiagnostics();
    }

    // Where a reader meets a type before it is used, the compiler wants it after the statements.
    private static SyntaxTree StatementsFirst(SyntaxTree tree)
    {
        CompilationUnitSyntax unit = tree.GetCompilationUnitRoot();
        IEnumerable<MemberDeclarationSyntax> ordered = unit.Members.OrderBy(static member => member is not GlobalStatementSyntax);
        return tree.WithRootAndOptions(unit.WithMembers(SyntaxFactory.List(ordered)), Syntax);
    }

    // The lines stay, empty: the compiler's line numbers must be those of the file.
    private static string WithoutDirectives(string code) => string.Join(
        '\n',
        code.ReplaceLineEndings("\n").TrimEnd().Split('\n')
            .Select(static line => line.StartsWith("#:", StringComparison.Ordinal) ? "" : line));

    private static int LineOf(Diagnostic diagnostic, int firstLine) =>
        firstLine + diagnostic.Location.GetLineSpan().StartLinePosition.Line;
}
