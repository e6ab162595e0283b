import ArgumentParser
import AuditCrypto
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import LedgerVerification
import MerkleLog
import Receipts

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Verify an exported ledger: every entry, the tree, the files, and checkpoints that were kept.",
        discussion: """
            The folder is what assay ledger export wrote: a checkpoint and the tiles of a log (C2SP tlog-tiles). All of it is \
            read again, on all processors, in memory that does not grow with it; the first entry that is wrong is named. Only \
            checkpoints that you or others kept show that a ledger was cut short, rewritten or forked and then signed again. \
            One that the ledger declares lost, as it went on from a backup, is called superseded, with an exit status of its own: \
            whether two persons signed that is for the appliance to show (assay ledger prove). Each kind of failure has an exit \
            status of its own (assay-verify --help); 4 is a ledger that holds with a checkpoint that is superseded.

            What persons signed is over their requests, which an export does not hold: assay ledger verify, on the appliance, \
            verifies these signatures.

            Examples:
              assay-verify ledger ledger --trust trust --kept monday/checkpoint
              assay-verify ledger ledger --vkey ledger.vkey --epoch-key epoch.vkey
            """)

    @Argument(help: "The folder with checkpoint and tile/.") var folder: String
    @Option(name: .long, help: "A checkpoint, or a receipt's text, that was kept outside; may be given several times.")
    var kept: [String] = []
    @Option(name: .long, help: "The keys of the ledger's epochs, epoch.vkey: nobody with later keys can have made up what is before the newest of them. Default: the trust folder's.")
    var epochKey: String?
    @OptionGroup var options: LedgerKeyOptions

    private func knownEpochs() throws -> [NoteVerifierKey] {
        guard let epochKey = epochKey ?? options.folder?.epochKeys else { return [] }
        do { return try options.text(epochKey, .trust).utf8Split("\n").filter { !$0.isEmpty }.map { try NoteVerifierKey(text: $0) } } catch let error as NoteError {
            throw VerificationFailure(.trust, "\(epochKey): \(error)")
        }
    }

    func run() throws {
        try ExitStatus.reporting(json: options.json) {
            let ledger = try TiledLedger(folder: folder)
            let (checkpoint, cosigned) = try options.cosigned(ledger.latestCheckpoint())
            let known = try knownEpochs()
            // Before hours of reading: a file that is none, or of another ledger.
            let notes = try kept.map { path in
                let note: String
                do { note = try ReceiptRows.note(in: Files.read(path, maxBytes: LedgerKeyOptions.maxBytes)) } catch let error as ReceiptError {
                    throw VerificationFailure(.checkpointSignature, "\(path): \(error)")
                }
                _ = try options.checkpoint(note)
                return (path: path, note: note)
            }
            let verifier = try LedgerVerifier(
                key: options.signer(of: ledger.latestCheckpoint()), knownEpochs: known, hasher: .standard, personKeys: nil)
            var bar = ProgressBar()
            defer { bar.finish() }
            let report = try verifier.verify(ledger) { bar.update(activity: "Verifying", done: $0, total: $1, unit: "entries") }
            bar.finish()
            try ledger.checkFiles()
            var superseded: [(path: String, size: Int64, entry: Int64)] = []
            for (path, note) in notes {
                do {
                    let judged = try verifier.judge(note, with: ledger, report: report)
                    if let entry = judged.supersededBy { superseded.append((path, judged.checkpoint.size, entry)) }
                } catch let error as LedgerError {
                    throw LedgerError(error.code, "\(path): \(error.message)")
                }
            }
            if options.json {
                var value = LedgerKeyOptions.value(checkpoint, cosigned)
                value["entries"] = .integer(report.entries)
                value["epochs"] = .integer(Int64(report.keys?.epochs.count ?? 0))
                value["kept"] = .integer(Int64(notes.count - superseded.count))
                value["rebindings"] = .array(
                    report.rebindings.map { one in
                        [
                            "approvals": .integer(Int64(one.approvals)), "despite": .bool(one.rebinding.isDespite), "entry": .integer(one.entry),
                            "reason": .string(one.rebinding.reason.rawValue), "time": .integer(one.time), "vouched": .integer(one.rebinding.vouched),
                        ]
                    })
                value["notChecked"] = .array(notChecked(report, known).map { .string($0) })
                value["superseded"] = .array(
                    superseded.map { ["entry": .integer($0.entry), "file": .string($0.path), "size": .integer($0.size)] })
                value["unverifiedSignatures"] = .integer(report.unverified)
                if !superseded.isEmpty { value["status"] = .integer(Int64(ExitStatus.superseded)) }
                try printJSON(.object(value))
                if !superseded.isEmpty { throw ExitCode(ExitStatus.superseded) }
                return
            }
            print(
                """
                VERIFIED. The ledger \(CleanText.of(checkpoint.origin)) has \(Counted.entries(report.entries)): each is well formed, in its \
                place and names the one before, time never goes back, and their root is the one that the ledger's key signed. The \
                tiles are theirs\(Self.beginnings(notes.count - superseded.count)).\(Self.epochs(report.keys))\(Self.words(report.rebindings))\(Self.words(superseded))
                Root \(checkpoint.rootHash.base64)\(PlainWords.cosigned(cosigned))

                Not checked:
                \(notChecked(report, known).map { "- \($0)" }.joined(separator: "\n"))
                """)
            if !superseded.isEmpty { throw ExitCode(ExitStatus.superseded) }
        }
    }

    private static func beginnings(_ count: Int) -> String {
        count == 0 ? "" : ", and \(count == 1 ? "the checkpoint that was" : "each of the \(count) checkpoints that were") kept is its beginning"
    }

    private static func words(_ superseded: [(path: String, size: Int64, entry: Int64)]) -> String {
        superseded.map { one in
            "\nSUPERSEDED: \(CleanText.of(one.path)), of \(Counted.entries(one.size)), is of a part that was lost: entry \(one.entry) declares exactly "
                + "that one lost, when the ledger was restored from a backup. Ask for that entry and its two signatures: assay ledger prove."
        }.joined()
    }

    private static func words(_ rebindings: [AgreedRebinding]) -> String {
        rebindings.map { one in
            let (vouched, witnesses) = (one.rebinding.vouched, one.rebinding.witnesses.count)
            return "\nREBOUND: from entry \(one.entry) on (time \(one.time)) it is anchored in another TPM's counter (\(one.rebinding.reason.rawValue)); "
                + "\(one.approvals) approved. "
                + (vouched == 0
                    ? "Nothing from outside vouches for the entries before."
                    : "It says that its first \(vouched) entries were held against checkpoints from outside; witnesses that had cosigned it then, by its word: \(witnesses).")
                + (one.rebinding.isDespite ? " They agreed though what was wanted of that could not be had." : "")
        }.joined()
    }

    private static func epochs(_ keys: LedgerKeys?) -> String {
        guard let keys, keys.epochs.count > 1 else { return "" }
        let closed = keys.epochs.count - 1, all = keys.ledgerKeys.count
        return (closed == 1 ? "\nIts one closed epoch was closed by its own key" : "\nEach of its \(closed) closed epochs was closed by its own key")
            + (all == 1 ? "." : ", and its \(all) keys follow from one another.")
    }

    private func notChecked(_ report: LedgerVerifier.Report, _ knownEpochs: [NoteVerifierKey]) -> [String] {
        var words = [
            "The persons' signatures on \(Counted.entries(report.unverified)): the requests that they signed are not exported. They are verified on "
                + "the appliance, and each one with assay ledger prove.",
            "Whether everything that was done was written down.",
        ]
        if report.keys == nil {
            words.append("Epochs: its first entry names no keys, so whoever has the ledger's key can have written all of it today.")
        } else if knownEpochs.isEmpty {
            words.append("Whether its epochs are those that you know of: that takes a trust folder's epoch.vkey, --trust or --epoch-key.")
        }
        if kept.isEmpty { words.append("Whether it was cut short, rewritten or forked and signed again: that takes a checkpoint that was kept, --kept.") }
        return words
    }
}
