import ArgumentParser

/// Kills processes that seal and take in media, again and again, and looks at what comes of it.
@main
struct MediaCrash: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media-crash",
        abstract: "Kill sealing and taking in at random moments, and hold what is finished in the end against what it must be.",
        subcommands: [RunCommand.self, SealCommand.self, IngestCommand.self], defaultSubcommand: RunCommand.self)
}

/// Why what was found is not as it must be.
struct CrashError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
