import AuditCrypto
import CanonicalEncoding
import MerkleLog

/// What an entry `appliance.restored` says: that the ledger goes on from a backup, which persons agreed to, and what of it
/// was lost. It is what tells a restored ledger from one that was rolled back.
package struct Restoration: Sendable, Hashable {
    /// A checkpoint from outside that the persons held the backup against.
    package struct Kept: Sendable, Hashable {
        package let size: Int64
        package let root: MerkleHash
        /// Whether the backup begins with it; else it is of entries that were lost.
        package let isWithin: Bool

        package init(size: Int64, root: MerkleHash, isWithin: Bool) { (self.size, self.root, self.isWithin) = (size, root, isWithin) }

        init(_ field: JSONField) throws {
            try field.allow(only: ["root", "size", "within"])
            self.init(size: try field.field("size").integer(), root: try Restoration.hash(field.field("root")), isWithin: try field.field("within").bool())
        }

        var json: JSONValue { ["root": .string(root.hex), "size": .integer(size), "within": .bool(isWithin)] }
    }

    /// The number of entries in the backup, and their root.
    package let size: Int64
    package let root: MerkleHash
    /// How many entries after them were lost, as far as is known.
    package let lost: Int64
    /// What the TPM's counter stood at, where the ledger is anchored in one.
    package let counter: Int64?
    package let kept: [Kept]

    /// At most so many checkpoints are named.
    package static let maxKept = 64

    package init(size: Int64, root: MerkleHash, lost: Int64, counter: Int64?, kept: [Kept]) {
        (self.size, self.root, self.lost, self.counter, self.kept) = (size, root, lost, counter, kept)
    }

    package init(_ entry: LedgerEntry) throws {
        let details = JSONField(.object(entry.details), path: "$.details")
        size = try details.field("size").integer(in: 1...max(1, entry.sequence))
        root = try Self.hash(details.field("root"))
        lost = try details.field("lost").integer()
        counter = try details.optional("counter")?.integer()
        kept = try details.field("kept").array(maxCount: Self.maxKept).map { try Kept($0) }
    }

    private static func hash(_ field: JSONField) throws -> MerkleHash {
        guard let hash = MerkleHash(hex: try field.string(maxBytes: 64)) else {
            throw field.failure("64 lower-case hexadecimal digits were expected")
        }
        return hash
    }

    package var details: JSONObject {
        var details: JSONObject = [
            "kept": .array(kept.map(\.json)),
            "lost": .integer(lost), "root": .string(root.hex), "size": .integer(size),
        ]
        if let counter { details["counter"] = .integer(counter) }
        return details
    }

    /// Whether it names exactly this tree as lost.
    package func declaresLost(_ size: Int64, _ root: MerkleHash) -> Bool {
        kept.contains { !$0.isWithin && $0.size == size && $0.root == root }
    }
}
