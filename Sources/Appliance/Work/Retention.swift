import CanonicalEncoding
import ContentStore
import Ledger

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
}
