import AuditCrypto
import CanonicalEncoding
import CommandSupport
import LogBuilding
import MerkleLog

/// An entry `appliance.restored` held against the ledger that it is in: it is a person's, it says what that person signed, and
/// the ledger begins as it says. Whoever has the ledger's key alone cannot write one.
package struct AgreedRestoration: Sendable, Hashable {
    package let entry: Int64
    package let restoration: Restoration
    /// How many other persons agreed, by entries of their own.
    package let approvals: Int

    /// Persons' signatures are for the caller to verify, where the requests are at hand.
    init(_ entry: LedgerEntry, in storage: any LedgerSource, hasher: TreeHasher) throws {
        let restoration: Restoration
        do { restoration = try Restoration(entry) } catch {
            throw LedgerError(.malformedEntry, entry: entry.sequence, "what it says of the backup cannot be read: \(error)")
        }
        guard try LedgerReader(storage, hasher: hasher).root(size: restoration.size) == restoration.root else {
            throw LedgerError(
                .wrongRoot, entry: entry.sequence,
                "it says that the ledger was restored to \(Counted.entries(restoration.size)) that it does not begin with.")
        }
        guard entry.request != nil else {
            throw LedgerError(.malformedEntry, entry: entry.sequence, "it says that the ledger was restored, and no person's signature is with it.")
        }
        try storage.scan(entry.sequence..<entry.sequence + 1) { stored in
            guard let bytes = stored.request else { return }
            guard Self.asksForThis(Array(bytes), entry, restoration) else {
                throw LedgerError(.badSignature, entry: entry.sequence, "it says something else of the backup than the request that was signed.")
            }
        }
        (self.entry, self.restoration) = (entry.sequence, restoration)
        approvals = try Approvals.people(of: entry, in: storage).count
    }

    /// Whether the request that was signed is for this backup, held against these checkpoints.
    private static func asksForThis(_ request: [UInt8], _ entry: LedgerEntry, _ restoration: Restoration) -> Bool {
        guard let json = try? CanonicalJSON.parse(request), json["action"]?.string == "appliance.restore", let scope = json["scope"] else { return false }
        return scope["size"]?.integer == restoration.size && scope["root"]?.string == restoration.root.hex
            && (scope["kept"]?.array ?? []).map(\.string) == entry.subjects.map(\.sha256.hex)
            && restoration.kept.count == entry.subjects.count
            && (scope["lost"]?.integer).map { $0 == restoration.lost } ?? true
    }
}
