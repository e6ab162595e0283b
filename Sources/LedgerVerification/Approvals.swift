import CanonicalEncoding
import MerkleLog

/// The persons whose consent an entry names, each by an entry of their own.
enum Approvals {
    /// - Throws: `LedgerError` for the first that is no approval of the entry's request by somebody else.
    static func people(of entry: LedgerEntry, in storage: any LedgerSource) throws -> Set<String> {
        var people: Set<String> = []
        for index in (entry.details["approvals"]?.array ?? []).compactMap(\.integer) {
            guard (0..<entry.sequence).contains(index), let bytes = try storage.entries(index..<index + 1).first,
                let approval = try? LedgerEntry(encoded: bytes), approval.action == LedgerAction.approve.rawValue, approval.request != nil,
                approval.actor != entry.actor, approval.details["request"]?.string == entry.request?.sha256.hex
            else {
                throw LedgerError(.badSignature, entry: entry.sequence, "entry \(index), which it names, is no approval of it by another person.")
            }
            people.insert(approval.actor)
        }
        return people
    }
}
