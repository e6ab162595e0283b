import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Foundation
import Witness

struct AddLog: WitnessCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-log", abstract: "Take in a log that this witness will watch, by its verifier key.",
        discussion: """
            Compare the key with the log's keepers over another channel than the one that it came by. Where the log has \
            changed its key, both must have signed one checkpoint: assay ledger export writes it to epochs/.

            Examples:
              assay-witness add-log trust/ledger.vkey
              assay-witness add-log new.vkey --succession epochs/3
            """)

    @OptionGroup var options: WitnessCommandOptions
    @Argument(help: "The log's verifier key, or a file that holds it; its first line counts.") var vkey: String
    @Option(name: .long, help: "A checkpoint that the log's key before and this one both signed.") var succession: String?

    func execute() throws {
        let key: NoteVerifierKey
        if let given = try? NoteVerifierKey(text: vkey) {
            key = given
        } else {
            let text = String(decoding: try Files.read(vkey, maxBytes: 64 << 10), as: UTF8.self)
            key = try NoteVerifierKey(text: String(text.prefix { $0 != "\n" }))
        }
        let note = try succession.map { String(decoding: try Files.read($0, maxBytes: 1 << 20), as: UTF8.self) }
        let added = try options.folder.add(key, succession: note)
        try options.show(["added": .bool(added), "origin": .string(key.name)]) {
            added ? "This witness now watches \(Shown.of(key.name))." : "This witness watches \(Shown.of(key.name)) already."
        }
    }
}

struct StatusCommand: WitnessCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "The witness's key, the logs that it watches, what it cosigned last, and evidence.",
        discussion: "Example: assay-witness status --json")

    @OptionGroup var options: WitnessCommandOptions

    func execute() throws {
        let (key, logs, evidence) = (try options.verifierKey(), try options.folder.logs(), try options.folder.evidence())
        try options.show([
            "evidence": .array(evidence.map { .string($0) }),
            "logs": .array(
                logs.map { log in
                    [
                        "origin": .string(log.key.name), "root": .string(log.root.hex), "size": .integer(log.size),
                        "time": .integer(log.time), "vkey": .string(log.key.text),
                    ]
                }), "vkey": .string(key.text),
        ]) {
            let rows = logs.map { log in
                [
                    Shown.of(log.key.name), log.size == 0 ? "nothing yet" : Counted.entries(log.size),
                    log.size == 0 ? "" : Date(timeIntervalSince1970: TimeInterval(log.time)).formatted(.iso8601),
                ]
            }
            return key.text + "\n\n" + (rows.isEmpty ? "No log is watched yet." : Output.table([["log", "cosigned", "at"]] + rows))
                + evidence.map { "\nEVIDENCE of a log that does not only grow: \($0)" }.joined()
        }
    }
}
