import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Foundation
import Witness

struct AcceptRestore: WitnessCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-restore", abstract: "Go on with a log that was restored from a backup, and lost what was cosigned last.",
        discussion: """
            FOLDER is what assay ledger prove wrote of the entry appliance.restored. Its two persons must have named the very \
            checkpoint that this witness cosigned last as lost. Without --yes it says what it would do, changes nothing, and ends \
            with exit status 3: compare the numbers with the appliance's keepers by voice, for from then on the witness holds the \
            log against the restored one. With --json, "accepted" says which of the two it was.

            Examples:
              assay-witness accept-restore proof
              assay-witness accept-restore proof --yes
            """)

    @OptionGroup var options: WitnessCommandOptions
    @Argument(help: "The folder with entry.json and proof.tlog-proof.") var folder: String
    @Flag(name: .long, help: "Size, root and the number of lost entries were compared by voice.") var yes = false

    func execute() throws {
        let restored = try RestoredLog(
            entry: Files.read("\(folder)/entry.json", maxBytes: 64 << 10),
            proof: String(decoding: Files.read("\(folder)/proof.tlog-proof", maxBytes: 1 << 20), as: UTF8.self))
        let origin = restored.checkpoint.origin
        guard let log = try options.folder.log(origin: origin) else {
            throw WitnessRefusal(.unknownLog, "This witness does not watch the log \(origin).")
        }
        _ = try restored.judge(log)
        let words = """
            Entry \(restored.entry.sequence), by \(restored.entry.actor), says that \(origin) was restored to \
            \(Counted.entries(restored.restoration.size)), root \(restored.restoration.root.hex), and that \
            \(Counted.of(restored.restoration.lost, "was", "were")) lost. \
            This witness cosigned \(Counted.entries(log.size)) last, which the entry names.
            """
        var result: JSONObject = [
            "accepted": .bool(yes), "cosigned": ["root": .string(log.root.hex), "size": .integer(log.size)],
            "entry": .integer(restored.entry.sequence), "lost": .integer(restored.restoration.lost), "origin": .string(origin),
            "restored": ["root": .string(restored.restoration.root.hex), "size": .integer(restored.restoration.size)],
        ]
        guard yes else {
            try options.show(.object(result)) {
                """
                \(Shown.of(words))
                NOTHING WAS CHANGED. Compare these numbers with the appliance's keepers by voice, then give the command again with --yes.
                """
            }
            throw ExitCode(Status.notConfirmed.rawValue)
        }
        let (next, kept) = try options.folder.accept(restored)
        (result["kept"], result["root"], result["size"]) = (.string(kept), .string(next.root.hex), .integer(next.size))
        try options.show(.object(result)) {
            """
            \(Shown.of(words))
            From now on the witness holds the log against its \(Counted.entries(next.size)), root \(next.root.hex).
            What was cosigned before is kept in \(kept). The next request: assay witness request --old \(next.size).
            """
        }
    }
}
