import AuditCrypto
import Glibc
import MerkleLog

/// The ledger as it was sealed at one moment, while it grows: its checkpoint, the key that signed that, and the entries under
/// it belong together, whatever is recorded or whichever key is taken into use while they are read.
package struct LedgerSnapshot: LedgerSource {
    package let size: Int64
    /// The checkpoint, a signed note.
    package let checkpoint: String
    package let key: NoteVerifierKey
    private let ledger: Ledger

    init(_ ledger: Ledger) {
        self.ledger = ledger
        (size, checkpoint, key) = ledger.sealed
    }

    package func latestCheckpoint() -> String { checkpoint }

    package func checkpoint(size: Int64) throws -> String? { size <= self.size ? try ledger.storage.checkpoint(size: size) : nil }

    /// What stands after the snapshot is none of it where the ledger has sealed it since; where nothing seals it, it is shown.
    package func entries(_ range: Range<Int64>) throws -> [[UInt8]] {
        let found = try ledger.storage.entries(range), within = range.clamped(to: min(0, range.lowerBound)..<size).count
        return found.count > within && ledger.isSealed(beyond: size) ? Array(found.prefix(within)) : found
    }

    package func scan(_ range: Range<Int64>, _ body: (StoredEntry) throws -> Void) throws {
        try ledger.storage.scan(range.clamped(to: 0..<size), body)
    }

    package func hashes(level: Int, _ range: Range<Int64>) throws -> [MerkleHash] {
        try ledger.storage.hashes(level: level, range.clamped(to: 0..<size >> Int64(level)))
    }
}

extension Ledger {
    /// The ledger as it is sealed now.
    package nonisolated func snapshot() -> LedgerSnapshot { LedgerSnapshot(self) }

    /// Whether there are more than `size` entries under a checkpoint. A commit that is under way is waited for: storage shows
    /// what it did a moment before it is counted here.
    fileprivate nonisolated func isSealed(beyond size: Int64) -> Bool {
        while sealed.size <= size {
            guard isCommitting else { return sealed.size > size }
            usleep(500)
        }
        return true
    }
}
