import AuditCrypto
import CanonicalEncoding
import Clearance
import CommandSupport
import Ledger
import LocalAPI
import MerkleLog
import TPM

/// Binding the ledger to another TPM, where the one before is broken, cleared or gone. It takes two persons, and something
/// outside that knows the ledger: the new counter knows nothing of what was before.
extension OpenAppliance {
    /// Makes a counter in another TPM and keeps it until two persons have agreed. The request is on the ledger first.
    ///
    /// - Returns: the names that the persons then sign.
    func prepareTPM(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let (anchor, transport) = try await refusing(authorized) {
            let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
            try scope.allow(only: ["tpm"])
            return (try boundAnchor(), try TPMTransport(scope.field("tpm").string(maxBytes: 256)))
        }
        let entry = try await record(authorized)
        let pending = try await Blocking.run { [home, keys] in
            // One that was made and is there still is taken again: a TPM has room for few.
            if let pending = PendingBinding.read(home.rebinding, under: keys.store), pending.transport == transport,
                (try? pending.counter(scratch: home.path).read()) != nil {
                return pending
            }
            let pending = PendingBinding(try NVCounter.define(at: transport, scratch: home.path))
            try pending.write(home.rebinding, under: keys.store)
            return pending
        }
        return [
            "after": pending.binding.named.json, "before": await anchor.binding.named.json, "entry": .integer(entry.sequence),
            "index": .string(pending.binding.index.handleText), "needs": .string(try await outside().description),
        ]
    }

    /// Two persons bind the ledger to the counter that was made.
    ///
    /// - Parameter attachment: a JSON array of checkpoints from outside, each a signed note whose SHA-256 the request names.
    func rebindTPM(_ authorized: AuthorizedRequest, attachment: String, _ restriction: Restriction?) async throws -> JSONValue {
        let isRestored = restriction?.marker != nil
        let (asked, anchor) = try await refusing(authorized) {
            (try await judge(authorized.request.scope, attachment, isRestored: isRestored), try boundAnchor())
        }
        try await desk.requireConsent(authorized, to: .tpm, desk.roster().approvals)
        let entry = try await refusing(authorized) {
            try await anchor.rebind(to: asked.next, isRestored: isRestored) { [desk] counter, anchored, said in
                let rebinding = Rebinding(
                    before: asked.before, after: asked.next.binding.named, reason: asked.reason, anchored: anchored, said: said,
                    counter: counter, kept: asked.kept, witnesses: asked.witnesses, isDespite: asked.isDespite)
                return try await desk.record(
                    authorized, as: .rebound,
                    subjects: [.init(name: "nv-index", sha256: rebinding.after.index), .init(name: "tpm-key", sha256: rebinding.after.key)]
                        + asked.digests.map { .init(name: "checkpoint", sha256: $0) },
                    details: rebinding.details)
            }
        }
        try Files.write(TPMPlace.file(asked.next), to: home.tpm, mode: 0o600)
        // A backup that nobody has agreed to go on from yet is anchored when somebody has.
        if !isRestored { try await anchorLedger() }
        return [
            "entry": .integer(entry.sequence), "index": .string(asked.next.binding.index.handleText),
            "vouched": .integer(asked.kept.filter(\.isWithin).map(\.size).max() ?? 0),
            "witnesses": .array(asked.witnesses.map { .string($0) }),
        ]
    }

    private func boundAnchor() throws -> TPMAnchor {
        guard let anchor else {
            throw LocalFailure(
                code: "anchor.none", message: "This ledger is not bound to a TPM.", advice: "Only assay init --tpm binds one, once in its life.")
        }
        return anchor
    }

    // MARK: What from outside vouches for the ledger

    /// What can show that the ledger is the newest, as far as it knows itself.
    enum Outside: CustomStringConvertible {
        /// Witnesses: one of them is to cosign a checkpoint of this ledger as it is now.
        case witnesses([CosignerKey], opened: Int64)
        /// A checkpoint of at least so many entries left the machine, by an entry.
        case checkpoint(size: Int64, LedgerEntry)
        case nothing

        var description: String {
            switch self {
            case .witnesses(let keys, let opened):
                "a checkpoint of more than \(opened) entries, made since the appliance was opened, that one of its witnesses cosigned: "
                    + "\(keys.map(\.name).joined(separator: ", ")) (assay witness request, assay-witness cosign)"
            case .checkpoint(let size, let entry):
                "a checkpoint from outside of at least \(size) entries: entry \(entry.sequence), \(entry.action) by \(entry.actor) on "
                    + "\(Moment.text(entry.time)), says that one left the machine then; and each later one that anybody has"
            case .nothing: "nothing: this ledger knows of no checkpoint that left the machine"
            }
        }
    }

    /// What has let a checkpoint out that covers its own entry.
    private static let leaving: Set<LedgerAction> = [.receipt, .exportLedger, .archive, .backup]

    func outside() async throws -> Outside {
        if !witnesses.isEmpty { return .witnesses(witnesses, opened: await desk.standing.opened) }
        guard let entry = try newestEntry(where: { LedgerAction(rawValue: $0.action).map(Self.leaving.contains) ?? false }) else { return .nothing }
        return .checkpoint(size: entry.sequence + 1, entry)
    }

    /// The last entry that `isWanted` picks, looked for from the end.
    private func newestEntry(where isWanted: (LedgerEntry) -> Bool) throws -> LedgerEntry? {
        var end = try ledger.storage.edge().tree.size
        while end > 0 {
            let start = max(0, end - 1024)
            if let found = try ledger.storage.entries(start..<end).reversed().lazy.map({ try LedgerEntry(encoded: $0) }).first(where: isWanted) {
                return found
            }
            end = start
        }
        return nil
    }

    /// A request to bind the ledger, held against the ledger and against what came from outside.
    struct AskedRebinding: Sendable {
        let next: NVCounter
        let before: Rebinding.Binding
        let reason: Rebinding.Reason
        let kept: [Restoration.Kept]
        let digests: [SHA256Digest]
        let witnesses: [String]
        let isDespite: Bool
    }

    private func judge(_ scope: JSONObject, _ attachment: String, isRestored: Bool) async throws -> AskedRebinding {
        let scope = JSONField(.object(scope), path: "$.scope")
        try scope.allow(only: ["after", "before", "despite", "kept", "reason", "tpm"])
        let (before, after) = (try Rebinding.Binding(scope.field("before")), try Rebinding.Binding(scope.field("after")))
        guard let reason = Rebinding.Reason(rawValue: try scope.field("reason").string(maxBytes: 32)) else {
            throw try scope.field("reason").failure("\(Rebinding.Reason.allCases.map(\.rawValue).joined(separator: ", ")): one of them was expected")
        }
        guard try await boundAnchor().binding.named == before else {
            throw LocalFailure(
                code: "anchor.other-binding", message: "The request names another TPM's counter as the one before than the ledger is bound to.",
                advice: "Ask again: assay ledger rebind-tpm.")
        }
        guard let pending = PendingBinding.read(home.rebinding, under: keys.store), pending.binding.named == after,
            try scope.field("tpm").string(maxBytes: 256) == pending.transport.text
        else {
            throw LocalFailure(
                code: "anchor.other-binding", message: "The request names another counter than the one that was made for it.",
                advice: "Ask again: assay ledger rebind-tpm.")
        }
        let digests = try scope.field("kept").array(maxCount: Restoration.maxKept).map { try $0.string(maxBytes: 64) }
        let isDespite = try scope.optional("despite")?.bool() ?? false
        guard !isRestored || (digests.isEmpty && !isDespite) else {
            throw LocalFailure(
                code: "appliance.restored", message: "The appliance was restored from a backup: what was lost is declared by assay restore confirm.",
                advice: "Leave --kept out here, and give each checkpoint there.")
        }
        let notes = try KeptNotes.read(attachment, named: digests)
        var (kept, fresh) = ([Restoration.Kept](), Set<CosignerKey>())
        for note in notes {
            let (checkpoint, isWithin) = try await judge(note)
            kept.append(.init(size: checkpoint.size, root: checkpoint.rootHash, isWithin: isWithin))
            if isWithin, await checkpoint.size > desk.standing.opened {
                fresh.formUnion(try SignedNote(note: note).cosignatures(by: witnesses).map(\.key))
            }
        }
        if !isRestored { try await check(kept, fresh, isDespite: isDespite) }
        return AskedRebinding(
            next: pending.counter(scratch: home.path), before: before, reason: reason, kept: kept,
            digests: digests.compactMap { SHA256Digest(hex: $0) }, witnesses: fresh.map { Hex.encode($0.keyID) }.sorted(), isDespite: isDespite)
    }

    /// Throws unless what is outside vouches for the ledger: a TPM that knows nothing must not hide that something was cut away.
    private func check(_ kept: [Restoration.Kept], _ fresh: Set<CosignerKey>, isDespite: Bool) async throws {
        let newest = kept.filter(\.isWithin).map(\.size).max() ?? 0
        func unvouched(_ outside: Outside, _ advice: String) -> LocalFailure {
            LocalFailure(
                code: "anchor.unvouched",
                message: "Without the TPM nothing on this machine shows that the ledger is the newest: it may have been put back from an older copy, "
                    + "under cover of the change. Wanted is \(outside). What was given covers \(newest) entries.", advice: advice)
        }
        let outside = try await outside()
        switch outside {
        case .witnesses where fresh.isEmpty && !isDespite:
            throw unvouched(
                outside,
                "Have one of them cosign, and give what it wrote with --kept. A witness that has seen a newer ledger refuses, and that is the answer. "
                    + "Where no witness can be asked any more: --despite, with the newest checkpoint that anybody has.")
        case .checkpoint(let size, _) where newest < size && !isDespite:
            throw unvouched(
                outside,
                "Give it with --kept. Where it cannot be had any more: --despite, with the newest checkpoint that anybody has.")
        case .witnesses, .checkpoint:
            guard newest > 0 else {
                throw unvouched(outside, "With --despite too at least one checkpoint from outside is needed: give it with --kept.")
            }
        case .nothing: break
        }
    }

    /// Holds a checkpoint from outside against the ledger.
    ///
    /// - Returns: whether the ledger begins with it; else two persons have declared its entries lost.
    private func judge(_ note: String) async throws -> (checkpoint: Checkpoint, isWithin: Bool) {
        let claimed: Checkpoint
        do { claimed = try Checkpoint(text: SignedNote(note: note).text) } catch {
            throw LedgerError(.badCheckpoint, "What was given with --kept is no checkpoint: \(error)")
        }
        let checkpoint = try await LedgerVerifier.checkpoint(note, desk.keys().ledgerKey(size: claimed.size))
        if await desk.standing.restored?.restoration.declaresLost(checkpoint.size, checkpoint.rootHash) == true { return (checkpoint, false) }
        let size = try ledger.storage.edge().tree.size
        guard checkpoint.size <= size else {
            throw LedgerError(
                .cutShort, "A checkpoint from outside is of \(checkpoint.size) entries, and the ledger has \(size): an older copy was put back. It is not "
                    + "bound to another TPM. Keep the checkpoint and the folder: together they prove it.")
        }
        guard try reader.root(size: checkpoint.size) == checkpoint.rootHash else {
            throw LedgerError(
                .rewritten, "The ledger does not begin with the \(checkpoint.size) entries of a checkpoint from outside: an older copy was put back and "
                    + "gone on from, or it was rewritten. It is not bound to another TPM. Keep both as evidence.")
        }
        return (checkpoint, true)
    }

    /// Whether two persons have bound it to another TPM since it was opened.
    func isRebound() async -> Bool {
        let standing = await desk.standing
        return standing.bound.map { $0.entry > standing.opened } ?? false
    }
}

/// Checkpoints from outside that come with a request, which names each by digest.
enum KeptNotes {
    /// - Parameter attachment: a JSON array of signed notes.
    static func read(_ attachment: String, named digests: [String]) throws -> [String] {
        let notes = try JSONField(StrictJSON.parse(Array(attachment.utf8)), path: "attachment").array(maxCount: Restoration.maxKept)
            .map { try $0.string(maxBytes: 64 << 10) }
        guard notes.map({ SHA256Digest.of(Array($0.utf8)).hex }) == digests else {
            throw LocalFailure(
                code: "request.other-attachment", message: "The request was signed for other checkpoints than those that came with it.",
                advice: "Give each with --kept, in the same order as before.")
        }
        return notes
    }
}
