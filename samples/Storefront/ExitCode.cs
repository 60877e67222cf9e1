namespace Storefront;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int NotBalanced = 1;
    public const int BadArguments = 2;

    // 128 + SIGINT, as shells have it.
    public const int Interrupted = 130;
}
