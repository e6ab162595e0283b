import ArgumentParser

/// Kills a process that writes a ledger, again and again, and looks at what is left.
@main
struct LedgerCrash: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger-crash",
        abstract: "Kill a writer of the ledger at random moments, and hold what is left against what it had acknowledged.",
        subcommands: [RunCommand.self, AppendCommand.self], defaultSubcommand: RunCommand.self)
}
