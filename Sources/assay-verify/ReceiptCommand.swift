import ArgumentParser
import AuditCrypto
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import LedgerVerification
import LogBuilding
import MerkleLog
import Receipts

struct ReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Verify a receipt that was taken home, and hold another checkpoint or a ledger against it.",
        discussion: """
            FILE is the receipt's text, saved or typed in again (the rows are enough, and are checked one by one), or what a \
            QR scanner made of its code. With --image the program zbarimg (Debian's zbar-tools) reads the code.

            Exit status 38 where the receipt cannot be read, 32 where the ledger did not sign it, 37 where witnesses that are \
            demanded did not, and 36 where it and what is held against it contradict each other. An export that is damaged ends \
            with what assay-verify ledger says of it.

            Examples:
              assay-verify receipt receipt.txt --trust trust
              assay-verify receipt --image photo.png --trust trust --ledger ledger
              assay-verify receipt typed.txt --vkey ledger.vkey --against checkpoint --consistency proof
            """)

    @Argument(help: "The receipt: its text, or what its QR code holds.") var file: String?
    @Option(name: .long, help: "A photograph or drawing of the QR code (PNG, JPEG).") var image: String?
    @Option(name: .long, help: "Another checkpoint of the ledger.") var against: String?
    @Option(name: .long, help: "The proof between the two, by assay ledger consistency, where their sizes differ.") var consistency: String?
    @Option(name: .long, help: "An exported ledger: is the receipt's tree its beginning?") var ledger: String?
    @OptionGroup var options: LedgerKeyOptions

    func validate() throws {
        guard (file == nil) != (image == nil) else { throw ValidationError("Name the receipt's file, or its --image.") }
        guard against == nil || ledger == nil else { throw ValidationError("--against or --ledger, not both.") }
        guard consistency == nil || against != nil else { throw ValidationError("--consistency goes with --against.") }
    }

    func run() throws {
        try ExitStatus.reporting(json: options.json) {
            let note = try read()
            let (receipt, cosigned) = try options.cosigned(note)
            let compared = try compare(receipt)
            guard !options.json else {
                var value = LedgerKeyOptions.value(receipt, cosigned)
                value["compared"] = compared.map { .object(["origin": .string($0.origin), "size": .integer($0.size)]) } ?? .null
                return try printJSON(.object(value))
            }
            print(Self.words(receipt, compared) + PlainWords.cosigned(cosigned))
        }
    }

    private func read() throws -> String {
        let bytes = if let image { try OutsideDecoder.content(of: image) } else { try Files.read(file ?? "", maxBytes: LedgerKeyOptions.maxBytes) }
        do { return try ReceiptRows.note(in: bytes) } catch {
            throw VerificationFailure(.receipt, "\(file ?? image ?? ""): \(error)")
        }
    }

    /// What the receipt was held against, if anything; what does not agree with it is a failure.
    private func compare(_ receipt: Checkpoint) throws -> Checkpoint? {
        if let ledger { return try hold(receipt, against: TiledLedger(folder: ledger)) }
        guard let against else { return nil }
        let other = try options.checkpoint(options.text(against, .checkpointSignature))
        let (earlier, later) = receipt.size <= other.size ? (receipt, other) : (other, receipt)
        guard earlier.size < later.size || consistency == nil else {
            throw ValidationError("Both are of \(Counted.entries(receipt.size)): no --consistency is needed.")
        }
        var hashes: [MerkleHash] = []
        if earlier.size < later.size {
            guard let consistency else {
                throw ValidationError(
                    "The receipt is of \(Counted.entries(receipt.size)), the checkpoint of \(other.size): that one grew from the other takes a proof. "
                        + "Have it made with assay ledger consistency \(earlier.size) \(later.size) --out proof, and give it with --consistency.")
            }
            hashes = try options.proof(consistency)
        }
        do {
            try ConsistencyProof(oldSize: earlier.size, newSize: later.size, hashes: hashes)
                .verify(oldRoot: earlier.rootHash, newRoot: later.rootHash)
        } catch {
            throw VerificationFailure(
                .consistency, earlier.size == later.size
                    ? "both are of \(Counted.entries(receipt.size)) and signed by the ledger, with other roots: it has two histories. Keep both: they "
                        + "prove it to everybody who holds its key"
                    : "\(error)")
        }
        return other
    }

    /// The checkpoint of an exported ledger that begins with the receipt's entries. Nothing is believed but the entries.
    ///
    /// - Throws: `consistency` where they contradict the receipt, `LedgerError` where they are not whole, or not those that
    ///   the export's own checkpoint signs: that says nothing of the ledger.
    private func hold(_ receipt: Checkpoint, against ledger: TiledLedger) throws -> Checkpoint {
        let checkpoint = try options.checkpoint(ledger.latestCheckpoint())
        guard receipt.size <= checkpoint.size else {
            throw VerificationFailure(
                .consistency, "the receipt is of \(Counted.entries(receipt.size)), and \(ledger.folder) has \(checkpoint.size): "
                    + "the ledger was cut short, or this is an earlier export")
        }
        var range = CompactRange(), rootAtReceipt = receipt.size == 0 ? TreeHasher.standard.empty : nil
        for first in stride(from: 0, to: checkpoint.size, by: Tile.fullWidth) {
            for entry in try ledger.entries(first..<first + Int64(Tile.fullWidth)) {
                range.append(TreeHasher.standard.leaf(entry), hasher: .standard)
                if range.size == receipt.size { rootAtReceipt = range.root(hasher: .standard) }
            }
        }
        let isSigned = range.root(hasher: .standard) == checkpoint.rootHash
        guard rootAtReceipt == receipt.rootHash else {
            throw VerificationFailure(
                .consistency, "the first \(Counted.entries(receipt.size)) in \(ledger.folder) are others than the receipt was signed "
                    + "for: "
                    + (isSigned
                        ? "the ledger was rewritten. Keep the receipt and the export: together they prove it"
                        : "they are not those of the export's own checkpoint either, so this copy was changed. Keep both, and ask for another"))
        }
        guard isSigned else {
            throw LedgerError(
                .wrongRoot, "The entries in \(ledger.folder) do not have the root of its own checkpoint: they were changed after the first "
                    + "\(receipt.size), which are the receipt's. Ask for another export.")
        }
        return checkpoint
    }

    private static func words(_ receipt: Checkpoint, _ compared: Checkpoint?) -> String {
        let head = """
            VERIFIED. The ledger \(CleanText.of(receipt.origin)) signed this receipt: it had \(Counted.entries(receipt.size)),
            under the root \(receipt.rootHash.base64).

            """
        guard let compared else {
            return head + """
                It proves what the ledger was. It says nothing yet of any ledger that you are shown: hold one against it, with
                --against and a checkpoint, or with --ledger and an export.
                """
        }
        switch compared.size {
        case receipt.size:
            return head + "The other one is of the same \(Counted.entries(compared.size)): both are of one history."
        case ..<receipt.size:
            return head + """
                The other one is of \(Counted.entries(compared.size)), the beginning of the receipt's: both are of one history. It ends
                \(Counted.entries(receipt.size - compared.size)) earlier: if it is shown as the whole ledger of today, the ledger was cut short.
                """
        default:
            return head + """
                The other one is of \(Counted.entries(compared.size)), and begins with the receipt's: since it was taken the ledger only grew,
                and nothing in it was changed, removed or reordered.
                """
        }
    }
}
