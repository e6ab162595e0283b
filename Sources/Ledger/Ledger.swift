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
    private nonisolated let durable: Mutex<Durable>
    /// Locked by itself: entries are put in their places while others become durable.
    private nonisolated let incoming: Mutex<Incoming>
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
        durable = Mutex(Durable(edge: edge, signer: signer))
        incoming = Mutex(Incoming(after: edge))
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

    private nonisolated var edge: LedgerEdge { durable.withLock(\.edge) }

    /// Size, checkpoint and the key that signed it, of one moment.
    package nonisolated var sealed: (size: Int64, checkpoint: String, key: NoteVerifierKey) {
        durable.withLock { ($0.edge.tree.size, $0.edge.checkpoint, $0.signer.verifierKey) }
    }

    nonisolated var isCommitting: Bool { incoming.withLock(\.isCommitting) }

    /// The number of entries.
    package var size: Int64 { edge.tree.size }

    /// What verifies the checkpoints that are signed now.
    package var verifierKey: NoteVerifierKey { durable.withLock(\.signer.verifierKey) }

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
        let places = try await commit(.init(entries: drafts.map { try PreparedEntry($0) }, closing: nil))
        return zip(drafts, places).map { $0.entry(at: $1) }
    }

    /// Records the entry that begins an epoch. It is the last one under its checkpoint, which `cosigners` sign too: the closed
    /// epoch's key. From the next commit on `next` signs, whose key signs this one as well where it is another.
    package nonisolated func closeEpoch(
        _ draft: EntryDraft, cosigners: [NoteSigner], next: NoteSigner
    ) async throws -> LedgerEntry {
        precondition(next.verifierKey.name == origin, "a ledger keeps its name")
        let places = try await commit(.init(entries: [PreparedEntry(draft)], closing: .init(cosigners: cosigners, next: next)))
        return draft.entry(at: places[0])
    }

    private nonisolated func commit(_ brought: Group.Entries) async throws -> [PreparedEntry.Place] {
        if let places = try commitAtOnce(brought) { return places }
        return try await withUnsafeThrowingContinuation { continuation in
            let arrival = Group.Arrival(brought: brought, continuation: continuation)
            let waiting = incoming.withLock { $0.receive(arrival, clock) }
            if waiting > 0 { commitSoon(waiting) }
        }
    }

    /// Where nobody commits, the caller does, on its own thread: handing over to another and back would take about as long as
    /// the disk. It commits its own entries only; what came meanwhile is left to the queue.
    ///
    /// - Returns: nil where somebody commits.
    private nonisolated func commitAtOnce(_ brought: Group.Entries) throws -> [PreparedEntry.Place]? {
        guard let (group, places) = incoming.withLock({ $0.begin(with: brought, clock) }) else { return nil }
        defer {
            // Whoever holds the lock for long brings many.
            let waiting = incoming.withLockIfAvailable { $0.rest() } ?? Self.many
            if waiting > 0 { commitSoon(waiting) }
        }
        try commit(group)
        return places
    }

    /// The least number of entries whose commit is more work than waiting for the disk.
    private static let many = 400

    /// Starts the commit of what waits: of a few entries on the queue, where waiting for the disk keeps none of the callers'
    /// threads; of many on one of these, as another thread would take their processors (a fifth less is recorded then).
    private nonisolated func commitSoon(_ entries: Int) {
        if entries < Self.many { queue.async { self.commitAll(onQueue: true) } } else {
            Task.detached(priority: .high) { self.commitAll(onQueue: false) }
        }
    }

    private nonisolated func commitAll(onQueue: Bool) {
        while let group = incoming.withLock({ $0.begin(clock) }) {
            guard onQueue, group.count >= Self.many else {
                commitWaiting(group)
                continue
            }
            Task.detached(priority: .high) {
                self.commitWaiting(group)
                self.commitAll(onQueue: false)
            }
            return
        }
    }

    private nonisolated func commitWaiting(_ group: Group) {
        do {
            try commit(group)
            for waiting in group.waiting { waiting.arrival.continuation.resume(returning: waiting.places) }
        } catch {
            for waiting in group.waiting { waiting.arrival.continuation.resume(throwing: error) }
        }
    }

    /// One at a time.
    private nonisolated func commit(_ group: Group) throws(LedgerError) {
        let (edge, signer) = durable.withLock { ($0.edge, $0.signer) }
        let batch = group.batch(after: edge, origin: origin, signer: signer)
        do {
            try storage.commit(batch)
        } catch {
            incoming.withLock { $0.failed(after: edge, clock) }
            throw LedgerError(.storage, "The ledger could not be written, so nothing was done: \(error)")
        }
        durable.withLock { durable in
            durable.edge = batch.edge
            if let closing = group.closing { durable.signer = closing.next }
        }
    }

    /// What is on the disk, and who signs what comes next.
    private struct Durable: Sendable {
        var edge: LedgerEdge
        var signer: NoteSigner
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
