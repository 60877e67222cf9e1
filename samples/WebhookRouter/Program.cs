using System.Text;
using Microsoft.Extensions.Options;
using WebhookRouter.Handling;

namespace WebhookRouter;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        // Titles in the input may be in any script, whatever the terminal's locale says.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return await RunAsync(args, Console.OpenStandardInput, Console.Out, Console.Error, CancellationToken.None);
    }

    /// <summary>The whole program but for the process around it.</summary>
    internal static async Task<int> RunAsync(
        IReadOnlyList<string> words,
        Func<Stream> openStandardInput,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        try
        {
            var arguments = Arguments.Read(words);
            if (arguments.WantsHelp)
            {
                await output.WriteLineAsync(Arguments.Usage);
                return Router.Succeeded;
            }

            await using Stream input = arguments.Path is { } path ? Open(path) : openStandardInput();
            return await new Router(output, error, ReadRoutes(arguments.Routes)).RunAsync(input, arguments.MaxLineBytes, cancellationToken);
        }
        catch (OptionsValidationException exception)
        {
            // A pattern that is none, or that its event's type can never match.
            await error.WriteLineAsync(exception.Message);
            return Router.CannotRead;
        }
        catch (FormatException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return Router.CannotRead;
        }
        catch (InputException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return Router.CannotRead;
        }
    }

    private static Routes ReadRoutes(string path)
    {
        try
        {
            return Routes.Read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    private sealed class InputException(string message, Exception inner) : Exception(message, inner);
}
