using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Subscriptions;

/// <summary>Finds at start the handlers that dependency injection could not build at the first event.</summary>
/// <remarks>
/// Looks at constructors and registrations and calls neither: a check must not open connections. What a factory makes is taken
/// on trust.
/// </remarks>
internal sealed class HandlerServices(IServiceCollection registrations, IServiceProviderIsService? isService)
{
    private readonly HashSet<Type> _seen = [];

    /// <summary>Checks the handler of one subscription.</summary>
    /// <returns>What is missing; null where the handler can be built.</returns>
    public string? Check(SubscriptionDefinition definition)
    {
        if (definition.HandlerType is not { } handler || FindMissing(handler) is not { } missing)
        {
            return null;
        }

        string owner = missing.Owner == handler ? "its constructor" : $"{SubscriptionName.Of(missing.Owner)}, which it needs,";
        return $"The handler {SubscriptionName.Of(handler)} of '{definition.Name}' cannot be built: {owner} asks for " +
            $"{SubscriptionName.Of(missing.Service)}, which is not registered. " +
            $"Write services.AddScoped<{missing.Service.Name}>() or register what implements it.";
    }

    private (Type Owner, Type Service)? FindMissing(Type service)
    {
        ServiceDescriptor? descriptor = registrations.LastOrDefault(each => each.ServiceType == service && !each.IsKeyedService);
        return descriptor?.ImplementationType is { } implementation && _seen.Add(implementation)
            ? FindMissingFor(implementation)
            : null;
    }

    private (Type Owner, Type Service)? FindMissingFor(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type implementation)
    {
        (Type Owner, Type Service)? missing = null;
        foreach (ConstructorInfo constructor in implementation.GetConstructors())
        {
            missing = FindMissingIn(constructor, implementation);
            if (missing is null)
            {
                return null;
            }
        }

        return missing;
    }

    private (Type Owner, Type Service)? FindMissingIn(ConstructorInfo constructor, Type owner)
    {
        foreach (ParameterInfo parameter in constructor.GetParameters())
        {
            if (parameter.HasDefaultValue || parameter.IsDefined(typeof(FromKeyedServicesAttribute)))
            {
                continue;
            }

            if (isService?.IsService(parameter.ParameterType) == false)
            {
                return (owner, parameter.ParameterType);
            }

            if (FindMissing(parameter.ParameterType) is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }
}
