import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
// Who keeps a ledger has its vocabulary, its errors and its verifier with it.
@_exported import LedgerVerification
import LogBuilding
import MerkleLog

/// The appliance's ledger: its only writer.
///
/// Entries that arrive while a commit is under way are made ready meanwhile, and go into the next one together: one
/// transaction, one checkpoint. `append` returns when its entry is durable, never before.
package actor Ledger {
    package nonisolated let storage: any LedgerStorage
    /// The name under which checkpoints are signed; it stays when the key changes.
    package nonisolated let origin: String
    private var signer: NoteSigner
    private let clock: @Sendable () -> Int64
    /// What is durable.
    private var edge: LedgerEdge
    /// What goes into the next commit, on top of the one under way.
    private var next: Group
    private var isCommitting = false
    /// What came after an entry that closes an epoch: it goes into the commit after that one.
    private var held: [(entries: [PreparedEntry], continuation: Group.Continuation)] = []

    /// Opens the ledger in `storage`. The stored tree must be the one that the stored checkpoint signs.
    ///
    /// - Parameters:
    ///   - signer: the ledger's key under the checkpoint's origin.
    ///   - clock: seconds since 1970-01-01 UTC.
    package init(storage: any LedgerStorage, signer: NoteSigner, clock: @escaping @Sendable () -> Int64) throws {
        self.storage = storage
        self.signer = signer
        self.clock = clock
        origin = signer.verifierKey.name
        edge = try storage.edge()
        next = Group(after: edge)
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

    /// The number of entries.
    package var size: Int64 { edge.tree.size }

    /// What verifies the checkpoints that are signed now.
    package var verifierKey: NoteVerifierKey { signer.verifierKey }

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
        let prepared = try drafts.map { try PreparedEntry($0) }
        let places = try await commit(prepared)
        return zip(prepared, places).map { $0.entry(at: $1) }
    }

    /// Records the entry that begins an epoch. It is the last one under its checkpoint, which `cosigners` sign too: the closed
    /// epoch's key. From the next commit on `next` signs, whose key signs this one as well where it is another.
    package nonisolated func closeEpoch(
        _ draft: EntryDraft, cosigners: [NoteSigner], next: NoteSigner
    ) async throws -> LedgerEntry {
        precondition(next.verifierKey.name == origin, "a ledger keeps its name")
        let prepared = try PreparedEntry(draft)
        let places = try await commit([prepared], closing: .init(cosigners: cosigners, next: next))
        return prepared.entry(at: places[0])
    }

    private func commit(_ entries: [PreparedEntry], closing: Group.Closing? = nil) async throws -> [PreparedEntry.Place] {
        if closing != nil { while next.closing != nil { await Task.yield() } }
        return try await withCheckedThrowingContinuation { continuation in
            guard next.closing == nil else {
                held.append((entries, continuation))
                return
            }
            do {
                try next.add(entries, closing: closing, time: clock(), continuation)
            } catch {
                continuation.resume(throwing: error)
                return
            }
            guard !isCommitting else { return }
            isCommitting = true
            Task { await commitAll() }
        }
    }

    private func commitAll() async {
        while !next.isEmpty {
            let group = next
            let batch = group.batch(origin: origin, signer: signer)
            next = Group(after: batch.edge)
            takeHeld()
            do {
                try await storage.commit(batch)
                edge = batch.edge
                if let closing = group.closing { signer = closing.next }
                for waiting in group.waiting { waiting.continuation.resume(returning: waiting.places) }
            } catch {
                let failure = LedgerError(.storage, "The ledger could not be written, so nothing was done: \(error)")
                for waiting in group.waiting { waiting.continuation.resume(throwing: failure) }
                // What came meanwhile stood on entries that are not there.
                let (stranded, closing) = (next.waiting, next.closing)
                next = Group(after: edge)
                take(stranded.dropLast().map { ($0.entries, $0.continuation) })
                if let last = stranded.last { take([(last.entries, last.continuation)], closing: closing) }
                if next.closing == nil { takeHeld() }
            }
        }
        isCommitting = false
    }

    private func takeHeld() {
        let all = held
        held = []
        take(all)
    }

    private func take(_ all: [(entries: [PreparedEntry], continuation: Group.Continuation)], closing: Group.Closing? = nil) {
        for (entries, continuation) in all {
            do {
                try next.add(entries, closing: closing, time: clock(), continuation)
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

extension LedgerReader {
    package init(_ source: any LedgerSource) { self.init(source, hasher: .bulk) }
}

extension LedgerVerifier {
    package init(key: NoteVerifierKey, firstEpochKey: Ed25519PublicKey? = nil, personKeys: @escaping PersonKeys) {
        self.init(key: key, firstEpochKey: firstEpochKey, hasher: .bulk, personKeys: personKeys)
    }
}

extension TreeHasher {
    /// Over the fast SHA-256, for trees of many leaves.
    package static let bulk = TreeHasher { prefix, bytes in
        MerkleHash { digest in withUnsafeBytes(of: prefix) { BulkSHA256.hash($0, bytes, into: digest) } }
    }
}
