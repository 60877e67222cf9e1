using System.Reflection;
using System.Xml.Linq;
using EventBus;

namespace Storefront.Tests;

/// <summary>What makes the monolith modular: a module may know what others say, and nothing else of them.</summary>
public sealed class ModuleBoundaryTests
{
    private const string ContractsSuffix = ".Contracts";

    public static TheoryData<string> Modules => [.. ProjectNames().Where(static name => !IsContract(name))];

    public static TheoryData<string> Contracts => [.. ProjectNames().Where(IsContract)];

    [Fact]
    public void Storefront_Modules_AreFiveWithAContractEach()
    {
        string[] modules = [.. ProjectNames().Where(static name => !IsContract(name))];

        Assert.Equal(
            ["Storefront.Accounting", "Storefront.Fulfillment", "Storefront.Inventory", "Storefront.Orders", "Storefront.Payment"],
            modules);
        Assert.All(modules, static module => Assert.Contains(module + ContractsSuffix, ProjectNames()));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Module_Project_ReferencesTheBusAndContractsAlone(string module)
    {
        string[] references = [.. References(module, "ProjectReference").Select(Path.GetFileNameWithoutExtension).OfType<string>()];

        Assert.Contains("EventBus", references);
        Assert.Contains(module + ContractsSuffix, references);
        Assert.All(references, static name => Assert.True(name == "EventBus" || IsContract(name), $"It references {name}."));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Module_Assembly_UsesNoOtherModule(string module)
    {
        IEnumerable<string> used = UsedBy(module).Where(static name => name.StartsWith("Storefront", StringComparison.Ordinal));

        Assert.All(used, static name => Assert.True(IsContract(name), $"It uses {name}."));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Module_Assembly_ShowsNoHandlerAndOneWayIn(string module)
    {
        Type[] shown = Assembly.Load(module).GetExportedTypes();

        Assert.DoesNotContain(shown, static type => type.GetInterfaces().Any(
            static each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IEventHandler<>)));
        MethodInfo wayIn = Assert.Single(shown
            .Where(static type => type is { IsAbstract: true, IsSealed: true })
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Static)));
        Assert.Equal("Add" + module.Split('.')[1], wayIn.Name);
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Contract_Project_ReferencesNothing(string contract)
    {
        Assert.Empty(References(contract, "ProjectReference"));
        Assert.Empty(References(contract, "PackageReference"));
        Assert.Empty(References(contract, "FrameworkReference"));
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Contract_Assembly_UsesTheFrameworkAlone(string contract) =>
        Assert.All(UsedBy(contract), static name => Assert.StartsWith("System.", name, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Contract_Types_AreImmutableRecordsWithoutAMarker(string contract)
    {
        Type[] events = Assembly.Load(contract).GetExportedTypes();

        Assert.NotEmpty(events);
        Assert.All(events, static type =>
        {
            Assert.True(type.IsSealed, $"{type.Name} is not sealed.");
            Assert.Equal([typeof(IEquatable<>).MakeGenericType(type)], type.GetInterfaces());
            Assert.All(type.GetProperties(), static property => Assert.True(
                property.SetMethod is null || property.SetMethod.ReturnParameter.GetRequiredCustomModifiers()
                    .Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)),
                $"{property.Name} can be changed."));
        });
    }

    private static bool IsContract(string name) => name.EndsWith(ContractsSuffix, StringComparison.Ordinal);

    private static IEnumerable<string> UsedBy(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(static reference => reference.Name!);

    private static IEnumerable<string> References(string project, string kind) => XDocument
        .Load(ProjectFiles().Single(file => Path.GetFileNameWithoutExtension(file) == project))
        .Descendants(kind)
        .Select(static reference => reference.Attribute("Include")!.Value);

    private static string[] ProjectNames() =>
        [.. ProjectFiles().Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    private static string[] ProjectFiles()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EventBus.sln")))
        {
            folder = folder.Parent;
        }

        Assert.NotNull(folder);
        return Directory.GetFiles(
            Path.Combine(folder.FullName, "samples", "Storefront.Modules"), "*.csproj", SearchOption.AllDirectories);
    }
}
