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
            checkpoint that this witness cosigned last as lost. Without --yes it only says what it would do, with exit status \
            64: compare that with the appliance's keepers by voice, for from then on the witness holds the log against the \
            restored one.

            Example: assay-witness accept-restore proof --yes
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
            Entry \(restored.entry.sequence), by \(restored.entry.actor), says that \(origin) was restored to \(restored.restoration.size) \
            entries, root \(restored.restoration.root.hex), and that \(restored.restoration.lost) were lost. \
            This witness cosigned \(log.size) entries last, which the entry names.
            """
        guard yes else {
            throw WitnessFailure(
                status: .badUse, code: "witness.not-confirmed",
                message: words + " Compare these numbers with the appliance's keepers by voice, then give the command again with --yes.")
        }
        let (next, kept) = try options.folder.accept(restored)
        try options.show(["kept": .string(kept), "origin": .string(origin), "root": .string(next.root.hex), "size": .integer(next.size)]) {
            """
            \(Shown.of(words))
            From now on the witness holds the log against its \(next.size) entries, root \(next.root.hex).
            What was cosigned before is kept in \(kept). The next request: assay witness request --old \(next.size).
            """
        }
    }
}
