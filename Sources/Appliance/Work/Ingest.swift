import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Ledger
import LocalAPI
import SealedMedia

extension OpenAppliance {
    /// Takes a medium in: all of it is verified, or nothing of it is kept. Either way the ledger says so.
    func ingest(
        _ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["media"])
        let path = try scope.field("media").string()
        guard path.hasPrefix("/") else { throw try scope.field("media").failure("a path from the root was expected") }
        try await record(authorized)
        let staged: StagedSubmission, links: SubmissionLinks
        do {
            staged = try await Blocking.run { [self] in
                try submissions.stage(media: path, labs: labs, identity: keys.media) { done, total in
                    progress(LocalProgress(activity: "verifying", done: Int64(done), total: Int64(total), unit: "bytes"))
                }
            }
            links = try linked(staged)
        } catch {
            _ = try await ledger.append(
                EntryDraft(.submissionRefused, details: ["code": .string(FailureReply.failure(for: error).code)]))
            throw error
        }
        let manifest = staged.submission.manifest
        var details: JSONObject = [
            "submission": .string(staged.id), "files": .integer(Int64(manifest.files.count)),
            "bytes": .integer(Int64(staged.submission.plainBytes)), "lab": .string(staged.submission.signer.keyID),
        ]
        for (name, value) in links.json.members { details[name] = value }
        let terms = await desk.declaredTerms(of: manifest, by: staged.submission.signer.keyID)
        if let terms { details["terms"] = .string(terms.state.rawValue) }
        let entry = try await ledger.append(
            EntryDraft(.submissionAccepted, subjects: [.init(name: "manifest", sha256: staged.manifestDigest)], details: details))
        let submission = try submissions.keep(staged.id, entry: EntryPlace(entry), time: entry.time)
        let receipt = try SubmissionReceipt(
            .takenIn, manifest, id: staged.id, lab: staged.submission.signer.keyID, appliance: identity.name, ledgerSequence: entry.sequence,
            checkpoint: await ledger.checkpoint, time: Moment.text(entry.time)
        ).signed(by: keys.verdict).encoded()
        return [
            "links": .object(links.json), "submission": .string(submission.id), "model": .string(submission.manifest.declaration.name),
            "files": .integer(Int64(submission.manifest.files.count)),
            "bytes": .integer(Int64(staged.submission.plainBytes)),
            "terms": terms?.json ?? .null, "entry": .integer(submission.entry.index), "receipt": .string(String(decoding: receipt, as: UTF8.self)),
        ]
    }

    /// How it hangs together with earlier submissions. One that it may not supersede is refused, and nothing of it is kept.
    private func linked(_ staged: StagedSubmission) throws -> SubmissionLinks {
        do {
            return try SubmissionLinks(staged.submission.manifest, lab: staged.submission.signer.keyID, among: submissions.submissions())
        } catch {
            try submissions.discard(staged.id)
            throw error
        }
    }

    /// Settles what a crash left between the store and the ledger: a submission that the ledger accepted is kept, one
    /// that it never heard of is dropped, and one that it says was purged is purged.
    func recover() async throws {
        for id in try submissions.staged() {
            if let entry = try lastEntry(where: { $0.action == LedgerAction.submissionAccepted.rawValue && $0.details["submission"]?.string == id }) {
                _ = try submissions.keep(id, entry: EntryPlace(entry), time: entry.time)
            } else {
                try submissions.discard(id)
            }
        }
        for id in await desk.standing.purged where try !submissions.isPurged(id) {
            try runs.eraseSamples(of: id)
            try submissions.purge(id)
        }
    }
}
