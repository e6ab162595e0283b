import AuditCrypto
import CanonicalEncoding
import MerkleLog

/// What an entry `anchor.rebound` says: that the ledger is anchored in another TPM's counter from here on, which persons
/// agreed to, and what from outside it was held against then. A counter that is new knows nothing of what was before: only
/// what is outside can show that nothing was cut away under cover of the change.
package struct Rebinding: Sendable, Hashable {
    /// Why the counter before is not counted on any more.
    package enum Reason: String, Sendable, CaseIterable {
        /// It does not answer any more.
        case broken
        /// It is the same TPM, and was cleared.
        case cleared
        /// The machine or its board was exchanged.
        case replaced
        /// The ledger moves to another machine in good order.
        case moved
    }

    /// Which counter, and which key certifies it.
    package struct Binding: Sendable, Hashable {
        /// The hash in the index's name.
        package let index: SHA256Digest
        /// SHA-256 of the key (SubjectPublicKeyInfo, DER).
        package let key: SHA256Digest

        package init(index: SHA256Digest, key: SHA256Digest) { (self.index, self.key) = (index, key) }

        package init(_ field: JSONField) throws(JSONFieldError) {
            func digest(_ name: String) throws(JSONFieldError) -> SHA256Digest {
                guard let digest = SHA256Digest(hex: try field.field(name).string(maxBytes: 64)) else {
                    throw try field.field(name).failure("64 lower-case hexadecimal digits were expected")
                }
                return digest
            }
            try field.allow(only: ["index", "key"])
            (index, key) = (try digest("index"), try digest("key"))
        }

        package var json: JSONValue { ["index": .string(index.hex), "key": .string(key.hex)] }
    }

    package let before: Binding
    package let after: Binding
    package let reason: Reason
    /// The last anchor under the binding before.
    package let anchored: Int64
    /// What the TPM before certified then, where it still answered.
    package let said: Int64?
    /// What the new TPM certified then.
    package let counter: Int64
    /// Checkpoints from outside that the ledger was held against.
    package let kept: [Restoration.Kept]
    /// Key hashes of the witnesses who cosigned one that was made after the appliance was opened: they looked at this ledger.
    package let witnesses: [String]
    /// Whether the persons agreed though what vouches for the ledger could not be had.
    package let isDespite: Bool

    package init(
        before: Binding, after: Binding, reason: Reason, anchored: Int64, said: Int64?, counter: Int64, kept: [Restoration.Kept],
        witnesses: [String], isDespite: Bool
    ) {
        (self.before, self.after, self.reason, self.anchored, self.said) = (before, after, reason, anchored, said)
        (self.counter, self.kept, self.witnesses, self.isDespite) = (counter, kept, witnesses, isDespite)
    }

    /// So many entries, from the first, are vouched for by something outside.
    package var vouched: Int64 { kept.filter(\.isWithin).map(\.size).max() ?? 0 }

    package init(_ entry: LedgerEntry) throws {
        let details = JSONField(.object(entry.details), path: "$.details")
        (before, after) = (try Binding(details.field("before")), try Binding(details.field("after")))
        guard let reason = Reason(rawValue: try details.field("reason").string(maxBytes: 32)) else {
            throw try details.field("reason").failure("\(Reason.allCases.map(\.rawValue)) was expected")
        }
        self.reason = reason
        anchored = try details.field("anchored").integer()
        said = try details.optional("said")?.integer()
        counter = try details.field("counter").integer()
        kept = try details.field("kept").array(maxCount: Restoration.maxKept).map { try Restoration.Kept($0) }
        witnesses = try details.field("witnesses").array(maxCount: 64).map { try $0.string(maxBytes: 64) }
        isDespite = try details.optional("despite")?.bool() ?? false
    }

    package var details: JSONObject {
        var details: JSONObject = [
            "after": after.json, "anchored": .integer(anchored), "before": before.json, "counter": .integer(counter),
            "kept": .array(kept.map(\.json)), "reason": .string(reason.rawValue), "witnesses": .array(witnesses.map { .string($0) }),
        ]
        if let said { details["said"] = .integer(said) }
        if isDespite { details["despite"] = true }
        return details
    }
}

/// An entry `anchor.rebound` held against the ledger that it is in: it is a person's, it says what that person signed, and the
/// ledger begins as the checkpoints that it names say.
package struct AgreedRebinding: Sendable, Hashable {
    package let entry: Int64
    /// Seconds since 1970-01-01 UTC.
    package let time: Int64
    package let rebinding: Rebinding
    /// How many other persons agreed, by entries of their own.
    package let approvals: Int

    /// Persons' signatures are for the caller to verify, where the requests are at hand.
    init(_ entry: LedgerEntry, in storage: any LedgerSource, hasher: TreeHasher) throws {
        let rebinding = try AnchorLog.rebinding(entry)
        for kept in rebinding.kept where kept.isWithin {
            guard kept.size <= entry.sequence, try LedgerReader(storage, hasher: hasher).root(size: kept.size) == kept.root else {
                throw LedgerError(.wrongRoot, entry: entry.sequence, "it names a checkpoint of \(kept.size) entries that the ledger does not begin with.")
            }
        }
        guard entry.request != nil else {
            throw LedgerError(.malformedEntry, entry: entry.sequence, "it says that the ledger was bound to another TPM, and no person's signature is with it.")
        }
        try storage.scan(entry.sequence..<entry.sequence + 1) { stored in
            guard let bytes = stored.request else { return }
            guard Self.asksForThis(Array(bytes), entry, rebinding) else {
                throw LedgerError(.badSignature, entry: entry.sequence, "it says something else of the TPM than the request that was signed.")
            }
        }
        (self.entry, time, self.rebinding) = (entry.sequence, entry.time, rebinding)
        approvals = try Approvals.people(of: entry, in: storage).count
    }

    private static func asksForThis(_ request: [UInt8], _ entry: LedgerEntry, _ rebinding: Rebinding) -> Bool {
        guard let json = try? CanonicalJSON.parse(request), json["action"]?.string == LedgerAction.rebound.requested, let scope = json["scope"] else {
            return false
        }
        let named = entry.subjects.filter { $0.name == "checkpoint" }.map(\.sha256.hex)
        return scope["after"] == rebinding.after.json && scope["before"] == rebinding.before.json
            && scope["reason"]?.string == rebinding.reason.rawValue && (scope["kept"]?.array ?? []).map(\.string) == named
            && named.count == rebinding.kept.count && (scope["despite"] == true) == rebinding.isDespite
    }
}

/// The ledger's anchors in TPMs, one after the other: each binding has its own stretch of the ledger, and in it each anchor
/// is of that binding's counter and one more than the anchor before.
struct AnchorLog {
    private(set) var rebound: [LedgerEntry] = []
    private var index: SHA256Digest?
    private var count: Int64?

    mutating func take(_ entry: LedgerEntry) throws {
        switch LedgerAction(rawValue: entry.action) {
        case .anchorTPM: try anchor(entry)
        case .restored:
            // Two persons agreed where the counter stood: the lost ledger's own anchors are before that.
            if let counter = try? Restoration(entry).counter { count = counter }
        case .rebound:
            let rebinding = try Self.rebinding(entry)
            guard index == nil || (index == rebinding.before.index && count == rebinding.anchored) else {
                throw LedgerError(
                    .badAnchor, entry: entry.sequence, "it binds the ledger to another TPM, and names another binding before it, or another last anchor, than the ledger has.")
            }
            (index, count) = (rebinding.after.index, rebinding.counter)
            rebound.append(entry)
        default: break
        }
    }

    private mutating func anchor(_ entry: LedgerEntry) throws {
        guard let named = entry.subjects.first(where: { $0.name == "nv-index" })?.sha256, let counter = entry.details["counter"]?.integer else {
            throw LedgerError(.malformedEntry, entry: entry.sequence, "it is an anchor, and does not say of which counter.")
        }
        guard index == nil || index == named else {
            throw LedgerError(
                .badAnchor, entry: entry.sequence, "it is an anchor in another TPM's counter than the one that the ledger is bound to there.")
        }
        guard count.map({ $0 < .max && counter == $0 + 1 }) ?? true else {
            throw LedgerError(
                .badAnchor, entry: entry.sequence, "it is anchor \(counter), and the one before it in this TPM was \(count ?? 0): anchors were left out or added.")
        }
        (index, count) = (named, counter)
    }

    static func rebinding(_ entry: LedgerEntry) throws(LedgerError) -> Rebinding {
        do { return try Rebinding(entry) } catch {
            throw LedgerError(.malformedEntry, entry: entry.sequence, "what it says of the TPM cannot be read: \(error)")
        }
    }
}
