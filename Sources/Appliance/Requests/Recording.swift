import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Ledger
import LogBuilding
import MerkleLog

extension OpenAppliance {
    /// Puts a person's request on the ledger. Nothing that was asked for is done or shown before this returns.
    @discardableResult
    func record(
        _ authorized: AuthorizedRequest, subjects: [LedgerEntry.Subject] = [], details: JSONObject = [:]
    ) async throws -> LedgerEntry {
        try await desk.record(authorized, subjects: subjects, details: details)
    }

    /// Goes on where what is asked about a submission needs nobody else's consent, or has it.
    func requireConsent(_ authorized: AuthorizedRequest, to occasion: Occasion, on submission: StoredSubmission) async throws {
        try await refusing(authorized) {
            try await desk.requireConsent(authorized, to: occasion, desk.terms(of: submission.labKey.keyID).approvals)
        }
    }

    /// The lab's key where a request is about a submission.
    func lab(of request: Request) throws -> String? {
        guard Occasion.ofTheAppliance.allSatisfy({ $0.rawValue != request.action.rawValue }),
            let submission = request.scope["submission"]?.string
        else { return nil }
        return try submissions.submission(submission).labKey.keyID
    }
}

extension EntryPlace {
    init(_ entry: LedgerEntry) throws {
        self.init(index: entry.sequence, leaf: TreeHasher.bulk.leaf(try entry.encoded()))
    }
}
