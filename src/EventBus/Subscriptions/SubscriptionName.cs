using System.Text;

namespace EventBus.Subscriptions;

/// <summary>The rules for subscription names, and the name of a handler class that was given none.</summary>
internal static class SubscriptionName
{
    // No colon: configuration keys are split there. No blank: metrics and log queries would need quotes.
    private const string Punctuation = ".-_+<>,";

    public static bool IsValid(string name)
    {
        foreach (char letter in name)
        {
            if (!char.IsLetterOrDigit(letter) && !Punctuation.Contains(letter))
            {
                return false;
            }
        }

        return name.Length is > 0 and <= 200;
    }

    /// <summary>The full name of a type as one writes it: <c>Shop.Outer.Handler&lt;Order&gt;</c>.</summary>
    public static string Of(Type type)
    {
        StringBuilder name = new();
        Append(type, name);
        return name.ToString();
    }

    private static void Append(Type type, StringBuilder name)
    {
        string full = type.IsGenericType ? type.GetGenericTypeDefinition().FullName! : type.FullName ?? type.Name;
        for (int i = 0; i < full.Length; i++)
        {
            if (full[i] == '`')
            {
                // The number of type arguments, which follow in full. A class nested in a generic one has its name after it.
                while (i + 1 < full.Length && char.IsAsciiDigit(full[i + 1]))
                {
                    i++;
                }
            }
            else
            {
                name.Append(full[i] == '+' ? '.' : full[i]);
            }
        }

        if (!type.IsGenericType)
        {
            return;
        }

        char separator = '<';
        foreach (Type argument in type.GetGenericArguments())
        {
            name.Append(separator);
            Append(argument, name);
            separator = ',';
        }

        name.Append('>');
    }
}
