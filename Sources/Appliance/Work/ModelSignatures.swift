import CanonicalEncoding
import ContentStore
import MerkleLog
import SealedMedia

/// The signature that a model came with (OpenSSF Model Signing). What it says is evidence for the auditor, whatever it is:
/// it keeps no submission out.
extension OpenAppliance {
    /// What it says of the files, nil where there is none. Bundle and key are opened as they lie in the store, once all is
    /// there, in whatever order volumes came.
    func modelSignature(of staged: StagedSubmission) async throws -> ModelSignatureResult? {
        try await Blocking.run { [submissions] in
            try SubmittedSignature.result(among: staged.submission.manifest.files) { try submissions.contents(of: $0, in: staged) }
        }
    }

    /// What the ledger says that it said, null where there was none: the store may have been purged since.
    func recordedModelSignature(of submission: StoredSubmission) throws -> JSONValue {
        guard submission.manifest.files.contains(where: { $0.kind == .modelSignature }),
            let entry = try ledger.storage.entries(submission.entry.index..<submission.entry.index + 1).first
        else { return .null }
        return try LedgerEntry(encoded: entry).details["modelSignature"] ?? .null
    }
}
