import ArgumentParser
import AuditCrypto
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import LedgerVerification
import MerkleLog

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Verify an exported ledger: every entry, the tree, the files, and checkpoints that were kept.",
        discussion: """
            The folder is what assay ledger export wrote: a checkpoint and the tiles of a log (C2SP tlog-tiles). All of it is \
            read again, on all processors, in memory that does not grow with it; the first entry that is wrong is named. Only \
            checkpoints that you or others kept show that a ledger was cut short, rewritten or forked and then signed again.

            What persons signed is over their requests, which an export does not hold: assay ledger verify, on the appliance, \
            verifies these signatures.

            Example: assay-verify ledger export --vkey trust/ledger.vkey --kept monday/checkpoint --kept friday/checkpoint
            """)

    @Argument(help: "The folder with checkpoint and tile/.") var folder: String
    @Option(name: .long, help: "A checkpoint that was kept outside; may be given several times.") var kept: [String] = []
    @OptionGroup var options: LedgerKeyOptions

    func run() throws {
        try ExitStatus.reporting(json: options.json) {
            let key = try options.key()
            let ledger = try TiledLedger(folder: folder)
            let (checkpoint, cosigned) = try options.cosigned(ledger.latestCheckpoint())
            // Before hours of reading: a file that is none, or of another ledger.
            let notes = try kept.map { path in
                let note = try options.text(path, .checkpointSignature)
                _ = try options.checkpoint(note)
                return (path: path, note: note)
            }
            let verifier = LedgerVerifier(key: key, hasher: .standard, personKeys: nil)
            var bar = ProgressBar()
            defer { bar.finish() }
            let report = try verifier.verify(ledger) { bar.update(activity: "Verifying", done: $0, total: $1, unit: "entries") }
            bar.finish()
            try ledger.checkFiles()
            for (path, note) in notes {
                do { _ = try verifier.compare(note, with: ledger) } catch let error as LedgerError {
                    throw LedgerError(error.code, "\(path): \(error.message)")
                }
            }
            if options.json {
                var value = LedgerKeyOptions.value(checkpoint, cosigned)
                value["entries"] = .integer(report.entries)
                value["kept"] = .integer(Int64(notes.count))
                value["notChecked"] = .array(Self.notChecked(report, kept: notes.count).map { .string($0) })
                value["unverifiedSignatures"] = .integer(report.unverified)
                return try printJSON(.object(value))
            }
            print(
                """
                VERIFIED. The ledger \(CleanText.of(checkpoint.origin)) has \(report.entries) entries: each is well formed, in its \
                place and names the one before, time never goes back, and their root is the one that the ledger's key signed. The \
                tiles are theirs\(notes.isEmpty ? "" : ", and each of the \(notes.count) checkpoints that were kept is its beginning").
                Root \(checkpoint.rootHash.base64)\(PlainWords.cosigned(cosigned))

                Not checked:
                \(Self.notChecked(report, kept: notes.count).map { "- \($0)" }.joined(separator: "\n"))
                """)
        }
    }

    private static func notChecked(_ report: LedgerVerifier.Report, kept: Int) -> [String] {
        var words = [
            "The persons' signatures on \(report.unverified) entries: the requests that they signed are not exported. They are verified on "
                + "the appliance, and each one with assay ledger prove.",
            "Whether everything that was done was written down.",
        ]
        if kept == 0 { words.append("Whether it was cut short, rewritten or forked and signed again: that takes a checkpoint that was kept, --kept.") }
        return words
    }
}
