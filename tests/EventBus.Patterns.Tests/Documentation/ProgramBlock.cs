using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EventBus.Patterns.Tests.Documentation;

/// <summary>A block of C# that is a whole program, and what it says it prints.</summary>
/// <remarks>
/// What <c>Console.WriteLine</c> prints stands in the comment behind it, or in the comments on the lines directly below. A line without
/// such a comment prints what the document does not tell.
/// </remarks>
internal static class ProgramBlock
{
    private const string Printing = "Console.WriteLine(";

    // The global namespace goes before every using: the block's Console is this one.
    private const string Given = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;

        internal static class Console
        {
            private static readonly List<string> Printed = [];

            public static void WriteLine(object? value) =>
                Printed.Add(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!);
        }
        """;

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(File.Exists)
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>What the comments say that each <c>Console.WriteLine</c> prints; null where they say nothing.</summary>
    public static string?[] Promised(string[] code)
    {
        List<string?> promised = [];
        for (int i = 0; i < code.Length; i++)
        {
            if (!code[i].Contains(Printing, StringComparison.Ordinal))
            {
                continue;
            }

            int comment = code[i].IndexOf(" // ", StringComparison.Ordinal);
            string[] below = [.. code.Skip(i + 1).TakeWhile(static line => line.StartsWith("// ", StringComparison.Ordinal)).Select(static line => line[3..])];
            promised.Add(comment >= 0 ? code[i][(comment + 4)..] : below.Length > 0 ? string.Join('\n', below) : null);
        }

        return [.. promised];
    }

    /// <summary>Compiles the block, runs it, and returns what it printed.</summary>
    public static string[] Run(string[] code, string place)
    {
        CSharpParseOptions syntax = new(LanguageVersion.Latest);
        var program = CSharpCompilation.Create(
            $"Block{Guid.NewGuid():N}",
            [
                CSharpSyntaxTree.ParseText(string.Join('\n', code), syntax),
                CSharpSyntaxTree.ParseText(Given, syntax),
            ],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using MemoryStream image = new();

        var result = program.Emit(image);

        Assert.True(result.Success, $"{place}:\n{string.Join('\n', result.Diagnostics)}");
        Assert.DoesNotContain(result.Diagnostics, static diagnostic => diagnostic.Severity == DiagnosticSeverity.Warning);
        var assembly = Assembly.Load(image.ToArray());
        assembly.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        var printed = (List<string>)assembly.GetType("Console")!
            .GetField("Printed", BindingFlags.Static | BindingFlags.NonPublic)!
            .GetValue(null)!;
        return [.. printed.Select(static text => text.ReplaceLineEndings("\n"))];
    }
}
