import AuditCrypto
import CanonicalEncoding
import Clearance
import CommandSupport
import Ledger
import LocalAPI
import MerkleLog

/// Going on from a backup, which takes two persons.
extension OpenAppliance {
    /// Two persons declare that the ledger goes on from the backup that was restored, and what was lost.
    ///
    /// - Parameter attachment: a JSON array of the checkpoints from outside that the backup was held against, each a signed
    ///   note whose SHA-256 the request names.
    func confirmRestore(_ authorized: AuthorizedRequest, attachment: String, _ marker: RestoredMarker?) async throws -> JSONValue {
        let judged = try await refusing(authorized) {
            guard let marker else {
                throw LocalFailure(code: "restore.nothing", message: "This appliance was not restored from a backup, or that is settled.")
            }
            return try await judge(authorized.request.scope, attachment, marker)
        }
        try await desk.requireConsent(authorized, to: .restore, desk.roster().approvals)
        let restoration = Restoration(
            size: judged.size, root: judged.root, lost: judged.lost, counter: try await anchor?.countAfterRestore(), kept: judged.kept)
        let entry = try await desk.record(
            authorized, as: .restored, subjects: authorized.request.keptSubjects, details: restoration.details)
        return [
            "counter": restoration.counter.map { .integer($0) } ?? .null, "entry": .integer(entry.sequence),
            "lost": .integer(restoration.lost), "root": .string(restoration.root.hex), "size": .integer(restoration.size),
        ]
    }

    /// Holds the request against the backup, and each checkpoint from outside too.
    private func judge(_ scope: JSONObject, _ attachment: String, _ marker: RestoredMarker) async throws -> Restoration {
        let scope = JSONField(.object(scope), path: "$.scope")
        try scope.allow(only: ["kept", "lost", "root", "size"])
        guard try scope.field("size").integer() == marker.size, try scope.field("root").string(maxBytes: 64) == marker.root.hex else {
            throw LocalFailure(
                code: "restore.other-backup",
                message: "The request names another backup than the one that was restored, of \(Counted.entries(marker.size)) with root \(marker.root.hex).",
                advice: "Compare what assay status says with what you know of the backup.")
        }
        let digests = try scope.field("kept").array(maxCount: Restoration.maxKept).map { try $0.string(maxBytes: 64) }
        let notes = try KeptNotes.read(attachment, named: digests)
        let keys = try await desk.keys()
        let kept = try notes.map { try judge($0, keys, marker) }
        let known = kept.map { $0.size - marker.size }.max().map { max(0, $0) } ?? 0
        let lost = try scope.optional("lost")?.integer(in: 0...1 << 53) ?? known
        guard lost >= known else {
            throw LocalFailure(
                code: "restore.more-lost",
                message: "The request says that \(Counted.of(lost, "entry was", "entries were")) lost, and a checkpoint shows that at least \(Counted.of(known, "was", "were")).",
                advice: "Leave --lost out, or give the number that is right.")
        }
        return Restoration(size: marker.size, root: marker.root, lost: lost, counter: nil, kept: kept)
    }

    /// A checkpoint from outside that is no larger than the backup must be its beginning; a larger one is of entries that
    /// were lost.
    private func judge(_ note: String, _ keys: LedgerKeys, _ marker: RestoredMarker) throws -> Restoration.Kept {
        let claimed: Checkpoint
        do { claimed = try Checkpoint(text: SignedNote(note: note).text) } catch {
            throw LedgerError(.badCheckpoint, "What was given with --kept is no checkpoint: \(error)")
        }
        _ = try LedgerVerifier.checkpoint(note, keys.ledgerKey(size: claimed.size))
        let isWithin = claimed.size <= marker.size
        guard try !isWithin || reader.root(size: claimed.size) == claimed.rootHash else {
            throw LedgerError(
                .rewritten, "The backup does not begin with the \(Counted.entries(claimed.size)) of a checkpoint that was kept outside: it is of "
                    + "another ledger, or one of the two was rewritten. Nothing was declared. Keep both as evidence.")
        }
        return Restoration.Kept(size: claimed.size, root: claimed.rootHash, isWithin: isWithin)
    }

    /// Whether two persons have declared so, of this very backup.
    func isSettled(_ marker: RestoredMarker) async -> Bool {
        guard let last = await desk.standing.restored else { return false }
        return last.entry >= marker.size && last.restoration.size == marker.size && last.restoration.root == marker.root
    }
}

extension Request {
    /// The checkpoints that a request to restore names by digest.
    fileprivate var keptSubjects: [LedgerEntry.Subject] {
        (scope["kept"]?.array ?? []).compactMap { $0.string.flatMap { SHA256Digest(hex: $0) } }.map { .init(name: "checkpoint", sha256: $0) }
    }
}
