import Foundation
import TestTools
import Testing

/// What every program says of itself, as swift-argument-parser tells it to programs.
@Suite struct HelpTests {
    /// A command as `--experimental-dump-help` has it.
    struct Command: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable { let name: String }
            let valueName: String?
            let preferredName: Name?
            let abstract: String?
        }
        let commandName: String
        let abstract: String?
        let discussion: String?
        let arguments: [Argument]?
        let subcommands: [Command]?
    }

    private struct Dump: Decodable { let command: Command }

    /// Whether its commands print results, which programs want as JSON. The others print nothing, or JSON Lines only.
    static let programs = [
        "assay": true, "assay-verify": true, "assay-lab": true, "assay-witness": true, "assay-authority": true, "assayd": false,
        "assay-engine": false, "assay-serve": false, "assay-eval": true, "assay-engine-remote": false,
    ]

    private static func commands(_ command: Command, below: String = "") -> [(name: String, command: Command)] {
        let name = below + command.commandName
        return [(name, command)]
            + (command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap { commands($0, below: name + " ") }
    }

    @Test(arguments: programs.keys.sorted()) func everyCommandIsExplained(program: String) throws {
        let dump = try JSONDecoder().decode(Dump.self, from: Data(Self.output(program, ["--experimental-dump-help"]).utf8))
        for (name, command) in Self.commands(dump.command) {
            // The worker is no command for people.
            guard name != "assay-engine worker" else { continue }
            #expect(command.abstract?.isEmpty == false, "\(name) has no abstract")
            let discussion = command.discussion ?? ""
            #expect(discussion.contains("\(program) "), "\(name) has no example")
            for argument in command.arguments ?? [] where argument.preferredName?.name != "help" {
                let called = argument.preferredName?.name ?? argument.valueName ?? "?"
                #expect(argument.abstract?.isEmpty == false, "\(name): \(called) is not explained")
            }
            let isLeaf = (command.subcommands ?? []).allSatisfy { $0.commandName == "help" }
            if isLeaf, Self.programs[program] == true {
                #expect(command.arguments?.contains { $0.preferredName?.name == "json" } == true, "\(name) takes no --json")
            }
        }
        #expect(dump.command.discussion?.contains("Exit status") == true, "\(program) does not say what its exit statuses mean")
    }

    /// Only what may wait for others' consent takes `--approved`.
    @Test func whoDecidesCarriesNothingOut() throws {
        for command in ["requests approve", "requests decline", "requests withdraw", "session open", "roster suspend", "ledger receipt", "ingest"] {
            let help = try Self.output("assay", ["help"] + command.split(separator: " ").map(String.init))
            #expect(help.contains("--as") && !help.contains("--approved"), "\(command)")
        }
        for command in ["export", "purge", "restore confirm", "ledger rotate", "roster install", "inspect values"] {
            let help = try Self.output("assay", ["help"] + command.split(separator: " ").map(String.init))
            #expect(help.contains("--as") && help.contains("--approved"), "\(command)")
        }
    }

    private static func output(_ program: String, _ arguments: [String]) throws -> String {
        try BuiltProgram(program).run(arguments).text
    }
}
