import AuditCrypto
import CanonicalEncoding
import Ledger
import MerkleLog

/// What the ledger says of a benchmark pack. It alone decides what is installed: the entry that names a pack is the moment at
/// which it takes the place of the one before.
struct RecordedPack: Hashable, Sendable {
    enum Presence: Hashable, Sendable {
        case installed
        /// It was taken out. What was seen of it still counts, so that no older one comes in after it.
        case removed
        /// It was taken out, and trust in that name may begin anew.
        case forgotten
    }

    let name: String
    let version: String
    /// Of `pack.json`, which names every other file of the pack by digest: what plans and verdicts name the pack by.
    let digest: SHA256Digest
    /// Of what was seen when it was verified (`PackState`), as it is kept.
    let state: SHA256Digest
    /// Of the root that trust in this name began with.
    let root: SHA256Digest
    /// The moment that expiry was judged by.
    let judged: Timestamp
    /// The entry, and its time.
    let entry: Int64
    let time: Int64
    /// The folder below the shelf's: the digest of the request that it was installed by.
    let folder: String
    /// The last entry that changed something about it.
    private(set) var changed: Int64
    private(set) var presence = Presence.installed

    init(_ entry: LedgerEntry) throws {
        let details = JSONField(.object(entry.details), path: "$.details")
        func subject(_ name: String) throws -> SHA256Digest {
            guard let subject = entry.subjects.first(where: { $0.name == name }) else { throw details.failure("no subject is called \(name)") }
            return subject.sha256
        }
        guard let request = entry.request, let judged = Timestamp(unixSeconds: try details.field("judged").integer()) else {
            throw details.failure("a person's entry with a time was expected")
        }
        (name, version) = (try details.field("pack").string(maxBytes: 128), try details.field("version").string(maxBytes: 128))
        (digest, state, root) = (try subject("pack"), try subject("state"), try subject("root"))
        (self.judged, folder) = (judged, request.sha256.hex)
        (self.entry, time, changed) = (entry.sequence, entry.time, entry.sequence)
    }

    mutating func remove(at entry: Int64, isForgotten: Bool) {
        (changed, presence) = (entry, isForgotten ? .forgotten : .removed)
    }
}
