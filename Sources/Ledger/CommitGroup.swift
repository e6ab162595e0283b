import AuditSigning
import CanonicalEncoding
import LogBuilding
import MerkleLog

extension Ledger {
    /// Entries that will become durable together, each encoded, hashed and linked when it comes.
    struct Group {
        /// A caller's entries.
        struct Waiting {
            let drafts: [EntryDraft]
            let entries: [LedgerEntry]
            let continuation: CheckedContinuation<[LedgerEntry], any Error>
        }

        private(set) var waiting: [Waiting] = []
        private var rows: [LedgerBatch.Row] = []
        private var tileRoots: [CompactRange.Node] = []
        private var edge: LedgerEdge

        init(after edge: LedgerEdge) { self.edge = edge }

        var isEmpty: Bool { waiting.isEmpty }

        /// Adds a caller's entries: all of them, or on a throw none.
        mutating func add(
            _ drafts: [EntryDraft], time: Int64, _ continuation: CheckedContinuation<[LedgerEntry], any Error>
        ) throws {
            let (before, rowsBefore, rootsBefore) = (edge, rows.count, tileRoots.count)
            do {
                edge.time = max(edge.time, time)
                let entries = try drafts.map { try add($0) }
                waiting.append(Waiting(drafts: drafts, entries: entries, continuation: continuation))
            } catch {
                edge = before
                rows.removeSubrange(rowsBefore...)
                tileRoots.removeSubrange(rootsBefore...)
                throw error
            }
        }

        private mutating func add(_ draft: EntryDraft) throws -> LedgerEntry {
            let entry = LedgerEntry(
                sequence: edge.tree.size, time: edge.time, previous: edge.previous, actor: draft.actor,
                action: draft.action.rawValue, subjects: draft.subjects, details: draft.details,
                request: draft.request.map { .init(sha256: .of($0.bytes), sshsig: $0.sshsig) })
            let bytes = try entry.encoded()
            guard bytes.count <= LedgerEntry.maxBytes else {
                throw LedgerError(
                    .malformedEntry, "An entry of \(bytes.count) bytes is too large; at most \(LedgerEntry.maxBytes) are recorded.")
            }
            let leaf = TreeHasher.bulk.leaf(bytes)
            for node in edge.tree.append(leaf, hasher: .bulk) where node.level > 0 && node.level % 8 == 0 { tileRoots.append(node) }
            edge.previous = leaf
            rows.append(.init(sequence: entry.sequence, bytes: bytes, leaf: leaf, request: draft.request?.bytes))
            return entry
        }

        /// What to store, under a checkpoint that is signed now.
        func batch(origin: String, signer: NoteSigner) -> LedgerBatch {
            var edge = edge
            let checkpoint = Checkpoint(origin: origin, size: edge.tree.size, rootHash: edge.tree.root(hasher: .bulk))
            edge.checkpoint = signer.sign(text: checkpoint.text)
            return LedgerBatch(rows: rows, tileRoots: tileRoots, edge: edge)
        }
    }
}
