import CanonicalEncoding
import ContentStore
import Ledger
import LocalAPI
import SealedMedia

extension OpenAppliance {
    private static let day: Int64 = 86_400

    /// What is held of each submission, and which are due to be purged by the terms of their labs. Nothing is purged by
    /// itself: that takes two persons.
    func listRetention() async throws -> JSONValue {
        let now = await ledger.time, terms = await desk.standing.terms
        let exports = try entries { $0.action == LedgerAction.export.rawValue }
        let exported = Set(exports.compactMap { $0.details["submission"]?.string })
        let all = try submissions.submissions().map { submission -> JSONValue in
            let days = terms[submission.labKey.keyID]?.retention, purged = try submissions.isPurged(submission.id)
            let age = max(0, now - submission.ingested)
            let samples = try runs.runs(submission: submission.id).reduce(0) { try $0 + runs.count(run: $1.id) }
            return [
                "age": .integer(age), "bytes": .integer(try submissions.heldBytes(submission.id)),
                "due": .bool(!purged && days.map { age >= $0 * Self.day } ?? false), "exported": .bool(exported.contains(submission.id)),
                "model": .string(submission.manifest.declaration.name), "purged": .bool(purged),
                "retention": days.map { .integer($0) } ?? .null, "samples": .integer(Int64(samples)), "submission": .string(submission.id),
            ]
        }
        return ["submissions": .array(all)]
    }

    /// The certificate of destruction for a submission that was purged, whenever it is asked for.
    func certifyDestruction(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["submission"])
        let submission = try submissions.submission(parameters.field("submission").string(maxBytes: 128))
        let entry = try lastEntry { $0.action == LedgerAction.purge.rawValue && $0.details["submission"]?.string == submission.id }
        guard let entry, try submissions.isPurged(submission.id) else {
            throw LocalFailure(
                code: "submission.not-purged", message: "Submission \(submission.id) is there still: nothing of it was destroyed.",
                advice: "assay purge erases it, with two persons' signatures.")
        }
        let certificate = try SubmissionReceipt(
            .destroyed, submission.manifest, id: submission.id, lab: submission.labKey.keyID, appliance: identity.name,
            ledgerSequence: entry.sequence, checkpoint: await ledger.checkpoint, time: Moment.text(entry.time)
        ).signed(by: keys.verdict).encoded()
        return [
            "certificate": .string(String(decoding: certificate, as: UTF8.self)), "entry": .integer(entry.sequence),
            "submission": .string(submission.id), "time": .string(Moment.text(entry.time)),
        ]
    }
}
