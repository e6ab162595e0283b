import AuditCrypto
import Backups
import CanonicalEncoding
import CommandSupport
import Ledger
import LocalAPI
import MerkleLog

/// Says, in the appliance's folder, that it was restored from a backup and that nobody has agreed to that yet. Until two
/// persons have, nothing else can be done with the appliance.
///
/// Whoever takes the file away has put an older folder back, no more: that is what TPM, witnesses and kept checkpoints
/// find. Whoever puts one there has kept the appliance from working until two persons look at it.
struct RestoredMarker: Sendable {
    /// The checkpoint that the backup's ledger had: a signed note.
    let note: String
    let size: Int64
    let root: MerkleHash

    private static let type = "assay-restored"

    init(note: String) throws {
        let checkpoint = try Checkpoint(text: SignedNote(note: note).text)
        (self.note, size, root) = (note, checkpoint.size, checkpoint.rootHash)
    }

    /// Nil where the appliance was not restored, or where that is settled.
    static func read(_ home: ApplianceHome) throws -> RestoredMarker? {
        guard Files.exists(home.restored) else { return nil }
        do {
            let field = JSONField(try StrictJSON.parse(Files.read(home.restored, maxBytes: 1 << 20)))
            try field.allow(only: ["checkpoint", "type", "v"])
            _ = try field.field("v").integer(in: 1...1)
            guard try field.field("type").string() == type else { throw try field.field("type").failure("'\(type)' was expected") }
            return try RestoredMarker(note: field.field("checkpoint").string(maxBytes: 64 << 10))
        } catch {
            throw LocalFailure(
                code: "restore.marker", message: "\(home.restored) cannot be read: \(error)", advice: "Restore the backup again, into an empty folder.")
        }
    }

    func write(_ home: ApplianceHome) throws {
        try Files.write(
            CanonicalJSON.encode(["checkpoint": .string(note), "type": .string(Self.type), "v": 1]), to: home.restored, mode: 0o600)
    }

    var json: JSONValue { ["root": .string(root.hex), "size": .integer(size)] }

    var failure: LocalFailure {
        LocalFailure(
            code: "appliance.restored",
            message: "This appliance was restored from a backup of \(Counted.entries(size)), and nobody has agreed to go on from it yet.",
            advice: "A custodian asks for that with assay restore confirm; another person, of another side, approves.")
    }

    /// What the ledger may have recorded since it was restored, while it is not settled.
    private static let entries: Set<LedgerAction> = [
        .unlocked, .requestWaiting, .approve, .decline, .withdraw, .perform, .requestRefused, .requestExpired, .integrityFailed,
        .prepareTPM, .rebound,
    ]

    /// Holds the marker against the ledger: its checkpoint is signed and the ledger begins with it, and after it comes
    /// nothing but what a restored appliance does. So nobody can call a larger part of the ledger restored than was.
    func verify(_ ledger: any LedgerStorage, _ keys: LedgerKeys, _ reader: LedgerReader) throws {
        let edge = try ledger.edge().tree.size
        _ = try LedgerVerifier.checkpoint(note, keys.ledgerKey(size: size))
        guard size <= edge, try reader.root(size: size) == root else {
            throw LocalFailure(
                code: "restore.marker", message: "The ledger does not begin with the \(Counted.entries(size)) that restored.json names.",
                advice: "Restore the backup again, into an empty folder.")
        }
        var next = size
        while case let page = try ledger.entries(next..<next + 1024), !page.isEmpty {
            for bytes in page {
                let entry = try LedgerEntry(encoded: bytes)
                // From there on it is settled.
                if entry.action == LedgerAction.restored.rawValue { return }
                guard let action = LedgerAction(rawValue: entry.action), Self.entries.contains(action) else {
                    throw LocalFailure(
                        code: "restore.marker",
                        message: "restored.json says that the ledger was restored to \(Counted.entries(size)), and entry \(entry.sequence) is "
                            + "'\(entry.action)': work went on after it.", advice: "Restore the backup again, into an empty folder.")
                }
            }
            next += Int64(page.count)
        }
    }
}
