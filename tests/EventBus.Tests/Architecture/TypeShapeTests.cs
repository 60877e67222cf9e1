using System.Reflection;
using System.Runtime.CompilerServices;

namespace EventBus.Tests.Architecture;

/// <summary>Holds the types to STYLE.md: sealed, immutable where they are data, settable where they are options.</summary>
public sealed class TypeShapeTests
{
    private static readonly Assembly Bus = typeof(IEventBus).Assembly;

    private static IEnumerable<Type> Written =>
        Bus.GetTypes().Where(type => type.GetCustomAttribute<CompilerGeneratedAttribute>() is null && !type.Name.Contains('<'));

    [Fact]
    public void Class_OfTheBus_IsSealedOrAbstract() => Assert.Empty(
        Written.Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false }).Select(type => type.FullName));

    [Fact]
    public void Class_ThatIsPublic_IsNotAbstractButStatic() => Assert.Empty(
        Written.Where(type => type is { IsClass: true, IsVisible: true, IsAbstract: true, IsSealed: false }).Select(type => type.FullName));

    [Fact]
    public void Record_ThatIsPublic_IsImmutable() => Assert.Empty(
        from type in Written
        where type.IsVisible && IsRecord(type)
        from property in type.GetProperties()
        where property.SetMethod is { IsPublic: true } setter && !IsInitOnly(setter)
        select $"{type.Name}.{property.Name}");

    [Fact]
    public void Struct_ThatIsPublic_IsReadOnly() => Assert.Empty(
        Written.Where(type => type is { IsVisible: true, IsValueType: true, IsEnum: false }
                && type.GetCustomAttribute<IsReadOnlyAttribute>() is null)
            .Select(type => type.FullName));

    [Fact]
    public void Options_ArePublicClassesWithAParameterlessConstructorAndSettableProperties() => Assert.Empty(
        from type in Written
        where type.IsVisible && type.Name.EndsWith("Options", StringComparison.Ordinal)
        where IsRecord(type)
            || type.GetConstructor(Type.EmptyTypes) is null
            || type.GetConstructors().Length != 1
            || type.GetProperties().Any(property => property.SetMethod is not { IsPublic: true } setter || IsInitOnly(setter))
        select type.FullName);

    [Fact]
    public void Field_ThatIsPublicAndNotConstant_DoesNotExist() => Assert.Empty(
        from type in Written
        where type is { IsVisible: true, IsEnum: false }
        from field in type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where !field.IsLiteral
        select $"{type.Name}.{field.Name}");

    [Fact]
    public void Constructor_ThatIsPublic_BelongsToDataOptionsExceptionsOrContext() => Assert.Equal(
        ["BatchContext", "EventContext"],
        from type in Written
        where type.IsVisible && !type.IsEnum && !IsRecord(type)
        where !type.Name.EndsWith("Options", StringComparison.Ordinal) && !type.IsAssignableTo(typeof(Exception))
        where type.GetConstructors().Length > 0
        orderby type.Name
        select type.Name);

    [Fact]
    public void AsyncMethod_ThatIsPublic_TakesATokenLast() => Assert.Empty(
        from type in Written
        where type is { IsVisible: true, IsInterface: true }
        from method in type.GetMethods()
        where method.Name.EndsWith("Async", StringComparison.Ordinal)
        where method.GetParameters() is not [.., { ParameterType: var last }] || last != typeof(CancellationToken)
        select $"{type.Name}.{method.Name}");

    [Fact]
    public void Type_Public_StandsInItsFoldersNamespace() => Assert.Empty(
        Written.Where(type => type.IsVisible && type.Namespace is not (
                "EventBus" or "EventBus.Awaiting" or "EventBus.DeadLettering" or "EventBus.Delivering" or "EventBus.Diagnostics" or "EventBus.Dispatching"
                or "EventBus.Publishing"))
            .Select(type => type.FullName));

    [Fact]
    public void Type_OfPolly_StaysInTheEscapeHatch() => Assert.Equal(
        ["Resilience"],
        (from type in Written
         where type.IsVisible
         from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
         where method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType).Any(MentionsPolly)
         select method.Name).Distinct());

    private static bool MentionsPolly(Type type) =>
        type.Assembly.GetName().Name!.StartsWith("Polly", StringComparison.Ordinal) || type.GetGenericArguments().Any(MentionsPolly);

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    private static bool IsInitOnly(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
}
