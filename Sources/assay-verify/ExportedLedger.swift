import BundleVerifier
import CommandSupport
import LogBuilding
import MerkleLog

/// A folder that `assay ledger export` wrote, as far as it takes to compute roots again: its checkpoint and its entries.
struct ExportedLedger {
    private let folder: String
    private let checkpoint: Checkpoint

    init(_ folder: String, _ options: LedgerKeyOptions) throws {
        self.folder = folder
        checkpoint = try options.checkpoint(options.text("\(folder)/checkpoint", .checkpointSignature))
    }

    /// Throws `consistency` unless the entries have the checkpoint's root, and the first of them the receipt's.
    func check(isBegunBy receipt: Checkpoint) throws -> Checkpoint {
        guard receipt.size <= checkpoint.size else {
            throw VerificationFailure(
                .consistency, "the receipt is of \(receipt.size) entries, and \(folder) has \(checkpoint.size): the ledger was cut short, "
                    + "or this is an earlier export")
        }
        var range = CompactRange(), rootAtReceipt = receipt.size == 0 ? TreeHasher.standard.empty : nil
        for tile in try Tile.added(to: checkpoint.size) where tile.kind == .entries {
            let path = "\(folder)/\(tile.path)"
            let entries: [[UInt8]]
            let bytes = try Files.read(path, maxBytes: Tile.fullWidth * (Tile.maximumEntryBytes + 2))
            do { entries = try tile.entries(data: bytes) } catch { throw VerificationFailure(.consistency, "\(folder): \(error)") }
            for entry in entries {
                range.append(TreeHasher.standard.leaf(entry), hasher: .standard)
                if range.size == receipt.size { rootAtReceipt = range.root(hasher: .standard) }
            }
        }
        guard range.root(hasher: .standard) == checkpoint.rootHash else {
            throw VerificationFailure(.consistency, "the entries in \(folder) do not have the root of its own checkpoint: they were changed")
        }
        guard rootAtReceipt == receipt.rootHash else {
            throw VerificationFailure(
                .consistency, "the first \(receipt.size) entries in \(folder) are others than those that the receipt was signed for: the "
                    + "ledger was rewritten. Keep the receipt and the export: together they prove it")
        }
        return checkpoint
    }
}
