import AuditCrypto
import CanonicalEncoding
import LogBuilding
import MerkleLog

/// What is to be recorded; the ledger adds the place, the time and the link to the entry before.
package struct EntryDraft: Sendable {
    /// A request as it was signed: its bytes and the armored SSHSIG over them.
    package struct Request: Sendable, Hashable {
        package let bytes: [UInt8]
        package let sshsig: String

        package init(bytes: [UInt8], sshsig: String) {
            self.bytes = bytes
            self.sshsig = sshsig
        }
    }

    /// The actor's name when the appliance acts by itself.
    package static let appliance = "appliance"

    package let actor: String
    package let action: LedgerAction
    package let subjects: [LedgerEntry.Subject]
    package let details: JSONObject
    package let request: Request?

    package init(
        _ action: LedgerAction, by actor: String = EntryDraft.appliance, subjects: [LedgerEntry.Subject] = [],
        details: JSONObject = [:], request: Request? = nil
    ) {
        self.actor = actor
        self.action = action
        self.subjects = subjects
        self.details = details
        self.request = request
    }
}

/// A draft made ready to be recorded, all but for its place.
struct PreparedEntry: Sendable {
    let frame: EntryFrame
    /// The request that a person signed.
    let request: [UInt8]?

    init(_ draft: EntryDraft) throws {
        request = draft.request?.bytes
        frame = try EntryFrame(
            actor: draft.actor, action: draft.action.rawValue, subjects: draft.subjects, details: draft.details, request: draft.claimed)
        guard frame.largest <= LedgerEntry.maxBytes else {
            throw LedgerError(
                .malformedEntry, "An entry of up to \(frame.largest) bytes is too large; at most \(LedgerEntry.maxBytes) are recorded.")
        }
    }

    /// Where an entry came to stand.
    struct Place: Sendable {
        var sequence: Int64
        var time: Int64
        var previous: MerkleHash
    }
}

extension EntryDraft {
    /// The digest of the request, and its signature.
    fileprivate var claimed: LedgerEntry.Request? {
        request.map { .init(sha256: TreeHasher.bulk.digest(of: $0.bytes), sshsig: $0.sshsig) }
    }

    func entry(at place: PreparedEntry.Place) -> LedgerEntry {
        LedgerEntry(
            sequence: place.sequence, time: place.time, previous: place.previous, actor: actor, action: action.rawValue,
            subjects: subjects, details: details, request: claimed)
    }
}
