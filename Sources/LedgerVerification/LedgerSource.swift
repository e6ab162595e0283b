import MerkleLog

/// An entry as stored, for as long as it is looked at: the bytes are the storage's own.
package struct StoredEntry {
    package let sequence: Int64
    package let bytes: UnsafeRawBufferPointer
    /// What was stored as the leaf's hash.
    package let leaf: UnsafeRawBufferPointer
    /// The request that a person signed; nil where nobody asked.
    package let request: UnsafeRawBufferPointer?

    package init(
        sequence: Int64, bytes: UnsafeRawBufferPointer, leaf: UnsafeRawBufferPointer, request: UnsafeRawBufferPointer?
    ) {
        self.sequence = sequence
        self.bytes = bytes
        self.leaf = leaf
        self.request = request
    }
}

/// Where a ledger can be read: the appliance's database, or an exported folder.
package protocol LedgerSource: Sendable {
    /// The last checkpoint that was signed, a note; empty before the first entry.
    func latestCheckpoint() throws -> String
    /// The checkpoint that was signed at `size`. An exported ledger has those that closed epochs.
    func checkpoint(size: Int64) throws -> String?
    /// The bytes of the entries of `range`, in order; fewer where the ledger ends before.
    func entries(_ range: Range<Int64>) throws -> [[UInt8]]
    /// Shows the entries of `range` in order, in memory that does not grow with their number.
    func scan(_ range: Range<Int64>, _ body: (StoredEntry) throws -> Void) throws
    /// The hashes of complete subtrees at a level that is a multiple of 8, in order; fewer where the ledger ends before.
    func hashes(level: Int, _ range: Range<Int64>) throws -> [MerkleHash]
}

/// Why the ledger could not be read, written or believed.
package struct LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case missingEntry = "ledger.missing-entry"
        case malformedEntry = "ledger.malformed-entry"
        case brokenChain = "ledger.broken-chain"
        case wrongSequence = "ledger.wrong-sequence"
        case timeWentBack = "ledger.time-went-back"
        case unknownAction = "ledger.unknown-action"
        case wrongHash = "ledger.wrong-hash"
        case wrongRoot = "ledger.wrong-root"
        case badTile = "ledger.bad-tile"
        case badCheckpoint = "ledger.bad-checkpoint"
        case unsealed = "ledger.unsealed"
        case badSignature = "ledger.bad-signature"
        case cutShort = "ledger.cut-short"
        case rewritten = "ledger.rewritten"
        case badEpoch = "ledger.bad-epoch"
        case badAnchor = "ledger.bad-anchor"
        case storage = "ledger.storage"
        case noSuchEntry = "ledger.no-such-entry"
    }

    package let code: Code
    /// The entry that is wrong, where it is one.
    package let entry: Int64?
    package let message: String

    package init(_ code: Code, entry: Int64? = nil, _ message: String) {
        self.code = code
        self.entry = entry
        self.message = message
    }

    package var description: String { entry.map { "Entry \($0): \(message)" } ?? message }
}

extension MerkleHash {
    /// What the first entry names as the one before.
    package static let zero = MerkleHash { _ in }
}
