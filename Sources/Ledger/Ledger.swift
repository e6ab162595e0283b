import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import Dispatch
// Who keeps a ledger has its vocabulary, its errors and its verifier with it.
@_exported import LedgerVerification
import LogBuilding
import MerkleLog
import Synchronization

/// The appliance's ledger: its only writer.
///
/// Entries that arrive while a commit is under way are put in their places meanwhile, by whoever brings them, and go into the
/// next one together: one transaction, one checkpoint. `append` returns when its entry is durable, never before.
package actor Ledger {
    package nonisolated let storage: any LedgerStorage
    /// The name under which checkpoints are signed; it stays when the key changes.
    package nonisolated let origin: String
    private nonisolated let clock: @Sendable () -> Int64
    private nonisolated let state: Mutex<State>
    /// Where commits wait for the disk, one after the other.
    private nonisolated let queue = DispatchQueue(label: "assay.ledger")

    /// Opens the ledger in `storage`. The stored tree must be the one that the stored checkpoint signs.
    ///
    /// - Parameters:
    ///   - signer: the ledger's key under the checkpoint's origin.
    ///   - clock: seconds since 1970-01-01 UTC.
    package init(storage: any LedgerStorage, signer: NoteSigner, clock: @escaping @Sendable () -> Int64) throws {
        self.storage = storage
        self.clock = clock
        origin = signer.verifierKey.name
        let edge = try storage.edge()
        state = Mutex(State(edge: edge, signer: signer))
        if edge.tree.size > 0 {
            let checkpoint = try LedgerVerifier.checkpoint(edge.checkpoint, signer.verifierKey)
            guard checkpoint.size == edge.tree.size, checkpoint.rootHash == edge.tree.root(hasher: .bulk) else {
                throw LedgerError(
                    .badCheckpoint,
                    "The ledger's \(edge.tree.size) entries are not those that its last checkpoint (\(checkpoint.size) entries) signs. "
                        + "Someone changed the database. Keep it as evidence and restore from a backup.")
            }
        }
    }

    private var edge: LedgerEdge { state.withLock(\.edge) }

    /// Size, checkpoint and the key that signed it, of one moment.
    package nonisolated var sealed: (size: Int64, checkpoint: String, key: NoteVerifierKey) {
        state.withLock { ($0.edge.tree.size, $0.edge.checkpoint, $0.signer.verifierKey) }
    }

    nonisolated var isCommitting: Bool { state.withLock(\.isCommitting) }

    /// The number of entries.
    package var size: Int64 { edge.tree.size }

    /// What verifies the checkpoints that are signed now.
    package var verifierKey: NoteVerifierKey { state.withLock(\.signer.verifierKey) }

    /// The latest signed checkpoint, a note; empty before the first entry.
    package var checkpoint: String { edge.checkpoint }

    /// The root over all entries.
    package var root: MerkleHash { edge.tree.root(hasher: .bulk) }

    /// The appliance's time: never before the last entry's.
    package var time: Int64 { max(clock(), edge.time) }

    /// Records one entry.
    ///
    /// - Returns: the entry, durable.
    /// - Throws: what kept it from becoming durable. Then it is not in the ledger, unless the disk failed while it was
    ///   synced: the ledger takes nothing more, and has it or not when it is opened again.
    package nonisolated func append(_ draft: EntryDraft) async throws -> LedgerEntry {
        guard let entry = try await append([draft]).first else { throw LedgerError(.storage, "Nothing was recorded.") }
        return entry
    }

    /// Records several entries, one after the other, in one commit: all of them or none.
    package nonisolated func append(_ drafts: [EntryDraft]) async throws -> [LedgerEntry] {
        guard !drafts.isEmpty else { return [] }
        // On the caller's thread: only what depends on the place waits for its turn.
        let places = try await commit(drafts.map { try PreparedEntry($0) })
        return zip(drafts, places).map { $0.entry(at: $1) }
    }

    /// Records the entry that begins an epoch. It is the last one under its checkpoint, which `cosigners` sign too: the closed
    /// epoch's key. From the next commit on `next` signs, whose key signs this one as well where it is another.
    package nonisolated func closeEpoch(
        _ draft: EntryDraft, cosigners: [NoteSigner], next: NoteSigner
    ) async throws -> LedgerEntry {
        precondition(next.verifierKey.name == origin, "a ledger keeps its name")
        let places = try await commit([PreparedEntry(draft)], closing: .init(cosigners: cosigners, next: next))
        return draft.entry(at: places[0])
    }

    private nonisolated func commit(
        _ entries: [PreparedEntry], closing: Group.Closing? = nil
    ) async throws -> [PreparedEntry.Place] {
        try await withCheckedThrowingContinuation { continuation in
            let arrival = Group.Arrival(entries: entries, closing: closing, continuation: continuation)
            if state.withLock({ $0.receive(arrival, clock) }) { queue.async { self.commitAll() } }
        }
    }

    private nonisolated func commitAll() {
        while let (group, signer) = state.withLock({ $0.begin(clock) }) {
            let batch = group.batch(origin: origin, signer: signer)
            do {
                try storage.commit(batch)
                state.withLock { $0.committed(batch.edge, group.closing) }
                for waiting in group.waiting { waiting.arrival.continuation.resume(returning: waiting.places) }
            } catch {
                state.withLock { $0.failed(clock) }
                let failure = LedgerError(.storage, "The ledger could not be written, so nothing was done: \(error)")
                for waiting in group.waiting { waiting.arrival.continuation.resume(throwing: failure) }
            }
        }
    }
}

extension Ledger {
    /// What is durable, and what will be next.
    fileprivate struct State: Sendable {
        private(set) var edge: LedgerEdge
        private(set) var signer: NoteSigner
        /// What goes into the next commit, on top of the one under way.
        private var next: Group
        /// What came after an entry that closes an epoch: it goes into the commit after that one.
        private var held: [Group.Arrival] = []
        private(set) var isCommitting = false

        init(edge: LedgerEdge, signer: NoteSigner) {
            (self.edge, self.signer) = (edge, signer)
            next = Group(after: edge)
        }

        /// - Returns: whether commits are to be started.
        mutating func receive(_ arrival: Group.Arrival, _ clock: () -> Int64) -> Bool {
            take([arrival], clock)
            guard !isCommitting, !next.isEmpty else { return false }
            isCommitting = true
            return true
        }

        /// The group to commit now, and who signs it; nil where there is none, and commits end.
        mutating func begin(_ clock: () -> Int64) -> (Group, NoteSigner)? {
            guard !next.isEmpty else {
                isCommitting = false
                return nil
            }
            let group = next
            next = Group(after: group.edge)
            takeHeld(clock)
            return (group, signer)
        }

        mutating func committed(_ edge: LedgerEdge, _ closing: Group.Closing?) {
            self.edge = edge
            if let closing { signer = closing.next }
        }

        /// What came meanwhile stood on entries that are not there.
        mutating func failed(_ clock: () -> Int64) {
            held = next.waiting.map(\.arrival) + held
            next = Group(after: edge)
            takeHeld(clock)
        }

        private mutating func takeHeld(_ clock: () -> Int64) {
            let all = held
            held = []
            take(all, clock)
        }

        private mutating func take(_ all: [Group.Arrival], _ clock: () -> Int64) {
            for arrival in all {
                guard next.closing == nil else {
                    held.append(arrival)
                    continue
                }
                do {
                    try next.add(arrival, time: clock())
                } catch {
                    arrival.continuation.resume(throwing: error)
                }
            }
        }
    }
}

extension LedgerReader {
    package init(_ source: any LedgerSource) { self.init(source, hasher: .bulk) }
}

extension LedgerVerifier {
    package init(key: NoteVerifierKey, knownEpochs: [NoteVerifierKey] = [], personKeys: @escaping PersonKeys) {
        self.init(key: key, knownEpochs: knownEpochs, hasher: .bulk, personKeys: personKeys)
    }
}

extension TreeHasher {
    /// Over the fast SHA-256, for trees of many leaves.
    package static let bulk = TreeHasher { prefix, bytes in
        MerkleHash { digest in withUnsafeBytes(of: prefix) { BulkSHA256.hash($0, bytes, into: digest) } }
    }
}
