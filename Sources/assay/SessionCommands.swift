import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Sessions: sign once, then look without signing each time.",
        discussion: """
            Each look is still recorded and metered by itself, under your session. A session ends when its time is over or \
            somebody ends it; it locks when you lock it, or after a quarter of an hour without a look.

            Examples:
              assay session open --as alice --minutes 120 --submission 4f1c
              assay session lock --as alice
              assay session
            """,
        subcommands: [SessionOpen.self, SessionList.self, SessionLock.self, SessionUnlock.self, SessionEnd.self],
        defaultSubcommand: SessionList.self)
}

struct SessionOpen: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open a session with your signature.",
        discussion: "Example: assay session open --as alice --minutes 120 --submission 4f1c --purpose \"weights review\"")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Option(name: .long, help: "How long it lasts, at most 720 minutes.") var minutes: Int64 = 60
    @Option(name: .long, help: "A submission that may be looked at; may be repeated. Default: all.") var submission: [String] = []

    func execute() throws {
        let result = try signing.act(
            "session.open", ["minutes": .integer(minutes), "submissions": .array(submission.map { .string($0) })], through: connection)
        guard let number = result["session"]?.integer, let token = result["token"]?.string else {
            throw CommandFailure(.refused, "The appliance gave no session.")
        }
        try StoredSession(number: number, token: token).write(signing.person)
        try connection.show(["session": .integer(number), "expires": result["expires"] ?? nil]) {
            "Session \(number) is open until \(result["expires"]?.string ?? "")."
        }
    }
}

struct SessionList: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The open sessions.", discussion: "Example: assay session")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("sessions")
        try connection.show(result) {
            let rows = (result["sessions"]?.array ?? []).map { session in
                [
                    "\(session["session"]?.integer ?? 0)", session["person"]?.string ?? "",
                    session["locked"] == true ? "locked" : "open", session["expires"]?.string ?? "",
                ]
            }
            return rows.isEmpty ? "No session is open." : Output.table([["session", "person", "state", "until"]] + rows, rightAligned: [0])
        }
    }
}

struct SessionLock: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Lock your session: nothing is shown under it until you sign again.",
        discussion: "Example: assay session lock --as alice")

    @OptionGroup var connection: ConnectionOptions
    @Option(name: .customLong("as"), help: "Your name as the roster has it.") var person: String

    func execute() throws {
        guard let session = try StoredSession.read(person) else {
            throw CommandFailure(.missingInput, "There is no session of \(person) here.")
        }
        let result = try connection.call("session.lock", ["session": .integer(session.number), "token": .string(session.token)])
        try connection.show(result) { "Session \(session.number) is locked." }
    }
}

struct SessionUnlock: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Open your locked session again, with your signature.",
        discussion: "Example: assay session unlock --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions

    func execute() throws {
        guard let session = try StoredSession.read(signing.person) else {
            throw CommandFailure(.missingInput, "There is no session of \(signing.person) here.")
        }
        let result = try signing.act("session.unlock", ["session": .integer(session.number)], through: connection)
        try connection.show(result) { "Session \(session.number) is open again." }
    }
}

struct SessionEnd: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End a session: your own, or, as a custodian or from the other side, anybody's.",
        discussion: """
            Examples:
              assay session end --as alice
              assay session end 57 --as carol --purpose "the room was left open"
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Argument(help: "The session's number; without it, your own here.") var session: Int64?

    func execute() throws {
        let own = try StoredSession.read(signing.person)
        guard let number = session ?? own?.number else {
            throw CommandFailure(.missingInput, "There is no session of \(signing.person) here. Name one: assay session lists them.")
        }
        let result = try signing.act("session.end", ["session": .integer(number)], through: connection)
        if own?.number == number { StoredSession.remove(signing.person) }
        try connection.show(result) { "Session \(number) is ended. Ledger entry \(result["entry"]?.integer ?? 0)." }
    }
}
