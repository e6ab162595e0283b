import AuditSigning
import LogBuilding
import MerkleLog

extension Ledger {
    /// Entries that will become durable together, each put in its place and hashed when it comes.
    struct Group: Sendable {
        typealias Continuation = CheckedContinuation<[PreparedEntry.Place], any Error>

        /// A caller's entries; `closing` where the one entry begins an epoch.
        struct Arrival: Sendable {
            let entries: [PreparedEntry]
            let closing: Closing?
            let continuation: Continuation
        }

        struct Waiting: Sendable {
            let arrival: Arrival
            let places: [PreparedEntry.Place]
        }

        /// Set where the last entry begins an epoch: who signs the checkpoint besides, and who signs from the next one on.
        struct Closing: Sendable {
            let cosigners: [NoteSigner]
            let next: NoteSigner
        }

        private(set) var waiting: [Waiting] = []
        private(set) var closing: Closing?
        private var rows: [LedgerBatch.Row] = []
        private var tileRoots: [CompactRange.Node] = []
        /// After its entries; the checkpoint is still the one before.
        private(set) var edge: LedgerEdge

        init(after edge: LedgerEdge) { self.edge = edge }

        var isEmpty: Bool { waiting.isEmpty }

        /// Adds a caller's entries: all of them, or on a throw none.
        mutating func add(_ arrival: Arrival, time: Int64) throws {
            precondition(closing == nil, "nothing follows what closes an epoch, in its commit")
            let (before, rowsBefore, rootsBefore) = (edge, rows.count, tileRoots.count)
            do {
                edge.time = max(edge.time, time)
                let places = try arrival.entries.map { try add($0) }
                waiting.append(Waiting(arrival: arrival, places: places))
                closing = arrival.closing
            } catch {
                edge = before
                rows.removeSubrange(rowsBefore...)
                tileRoots.removeSubrange(rootsBefore...)
                throw error
            }
        }

        private mutating func add(_ entry: PreparedEntry) throws -> PreparedEntry.Place {
            let place = PreparedEntry.Place(sequence: edge.tree.size, time: edge.time, previous: edge.previous)
            let bytes = entry.frame.entry(sequence: place.sequence, time: place.time, previous: place.previous)
            guard bytes.count <= LedgerEntry.maxBytes else {
                throw LedgerError(
                    .malformedEntry, "An entry of \(bytes.count) bytes is too large; at most \(LedgerEntry.maxBytes) are recorded.")
            }
            let leaf = TreeHasher.bulk.leaf(bytes)
            var roots: [CompactRange.Node] = []
            edge.tree.append(leaf, hasher: .bulk) { if $0.level > 0 && $0.level % 8 == 0 { roots.append($0) } }
            tileRoots += roots
            edge.previous = leaf
            rows.append(.init(sequence: place.sequence, bytes: bytes, leaf: leaf, request: entry.request))
            return place
        }

        /// What to store, under a checkpoint that is signed now.
        func batch(origin: String, signer: NoteSigner) -> LedgerBatch {
            var edge = edge
            let checkpoint = Checkpoint(origin: origin, size: edge.tree.size, rootHash: edge.tree.root(hasher: .bulk))
            let others = closing.map { $0.next.verifierKey == signer.verifierKey ? $0.cosigners : $0.cosigners + [$0.next] } ?? []
            edge.checkpoint = signer.sign(text: checkpoint.text, with: others)
            return LedgerBatch(rows: rows, tileRoots: tileRoots, edge: edge)
        }
    }
}
