using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Subscriptions;

/// <summary>Finds at start the handlers that dependency injection could not build at the first event.</summary>
/// <remarks>
/// Looks at constructors and registrations and calls neither: a check must not open connections. What a factory makes is taken
/// on trust.
/// </remarks>
internal sealed class HandlerServices
{
    private readonly IServiceProviderIsService? _isService;
    private readonly Dictionary<Type, ServiceDescriptor> _registrations = [];
    private readonly Dictionary<Type, string?> _known = [];

    public HandlerServices(IServiceCollection registrations, IServiceProviderIsService? isService)
    {
        _isService = isService;
        foreach (ServiceDescriptor registration in registrations)
        {
            if (!registration.IsKeyedService)
            {
                // The last one counts.
                _registrations[registration.ServiceType] = registration;
            }
        }
    }

    /// <summary>Checks the handler of one subscription.</summary>
    /// <returns>Why it cannot be built; null where it can.</returns>
    public string? Check(SubscriptionDefinition definition) =>
        definition.HandlerType is { } handler && FindProblem(handler) is { } problem
            ? $"The handler {SubscriptionName.Of(handler)} of '{definition.Name}' cannot be built. {problem}"
            : null;

    private string? FindProblem(Type service)
    {
        if (_registrations.GetValueOrDefault(service)?.ImplementationType is not { } implementation)
        {
            return null;
        }

        if (!_known.TryGetValue(implementation, out string? problem))
        {
            // Until more is known: two services that ask for each other must not be looked at for ever.
            _known[implementation] = null;
            _known[implementation] = problem = FindProblemOf(implementation);
        }

        return problem;
    }

    private string? FindProblemOf(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type implementation)
    {
        if (implementation.IsAbstract)
        {
            return $"{SubscriptionName.Of(implementation)} is abstract. Subscribe a class that can be made.";
        }

        string? problem = $"{SubscriptionName.Of(implementation)} has no public constructor, and dependency injection calls no other. " +
            "Make the constructor public; the class itself may stay internal.";
        foreach (ConstructorInfo constructor in implementation.GetConstructors())
        {
            problem = FindProblemIn(constructor, implementation);
            if (problem is null)
            {
                return null;
            }
        }

        return problem;
    }

    private string? FindProblemIn(ConstructorInfo constructor, Type owner)
    {
        foreach (ParameterInfo parameter in constructor.GetParameters())
        {
            Type type = parameter.ParameterType;
            if (parameter.HasDefaultValue || parameter.IsDefined(typeof(FromKeyedServicesAttribute)))
            {
                continue;
            }

            if (_isService?.IsService(type) == false)
            {
                string remedy = type.IsInterface || type.IsAbstract ? $"{type.Name}, …" : type.Name;
                return $"The constructor of {SubscriptionName.Of(owner)} asks for {SubscriptionName.Of(type)}, which is not " +
                    $"registered. Write services.AddScoped<{remedy}>(), or AddSingleton, where the module registers its services.";
            }

            if (FindProblem(type) is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }
}
