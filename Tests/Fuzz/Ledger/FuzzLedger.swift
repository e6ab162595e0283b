import AuditCrypto
import Clearance
import FuzzSupport
import LedgerVerification
import LogBuilding
import MerkleLog

/// Ledger entries, inspectors' requests, rosters: each has exactly one form.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    if let entry = try? LedgerEntry(encoded: bytes) {
        require((try? entry.encoded()) == bytes, "a ledger entry has one form")
    }
    if let scanned = bytes.withUnsafeBytes({ EntryScanner.scan($0) }) {
        let entry = mustSucceed("what the quick reader accepts is an entry") { try LedgerEntry(encoded: bytes) }
        require(
            scanned.sequence == entry.sequence && scanned.time == entry.time && (scanned.request != nil) == (entry.request != nil)
                && bytes[scanned.action].elementsEqual(entry.action.utf8) && bytes[scanned.previous].elementsEqual(entry.previous.hex.utf8),
            "the quick reader says what the strict one says")
    }
    if let request = try? Request(encoded: bytes) {
        require((try? request.encoded()) == bytes, "a request has one form")
    }
    if let roster = try? Roster(json: bytes) {
        let encoded = mustSucceed("a roster that was read can be written") { try roster.encoded() }
        require(mustSucceed("a roster that was written can be read") { try Roster(json: encoded) } == roster, "a roster survives")
    }
    if let terms = try? EngagementTerms(json: bytes) {
        let encoded = mustSucceed("terms that were read can be written") { try terms.encoded() }
        require(mustSucceed("terms that were written can be read") { try EngagementTerms(json: encoded) } == terms, "terms survive")
    }
    return 0
}
