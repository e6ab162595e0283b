import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import ContentStore
import Evaluation
import Ledger
import LocalAPI
import MerkleLog
import SealedMedia
import VerdictBundle

/// Adjudication: evidence is put together and shown; a person signs over its digest; only then is it a verdict.
extension OpenAppliance {
    /// Puts the evidence of the latest finished run before whoever asks. With a decision and a person, it is kept
    /// to be signed.
    func prepareVerdict(_ parameters: JSONField) async throws -> JSONValue {
        let submission = try submissions.submission(parameters.field("submission").string(maxBytes: 128))
        let run = try latestFinishedRun(of: submission.id)
        let results = try RunResults(encoded: run.results ?? [])
        guard case .string(let word)? = try parameters.optional("decision")?.value else {
            return [
                "submission": .string(submission.id), "results": .array(results.suites.map(\.row)), "policy": results.policy ?? nil,
                "suggested": .string(results.suggested.rawValue),
            ]
        }
        guard let decision = Evidence.Verdict(rawValue: word), decision <= results.suggested else {
            throw LocalFailure(
                code: "verdict.contradicts-evidence",
                message: "The suites' results allow \"\(results.suggested.rawValue)\" at best, not \"\(word.prefix(32))\".",
                advice: "Decide \(results.suggested.rawValue) or stricter, or evaluate again with a plan that asks for more items.")
        }
        let person = try parameters.field("person").string(maxBytes: 64)
        let predicate = try await evidence(submission, run, results, decision, person)
        let statement = Statement(
            subjects: submission.manifest.files.map { Subject(name: $0.path, digest: $0.digest) },
            predicateType: Evidence.predicateType, predicate: predicate)
        let payload = try statement.payload()
        try await pending.put(.init(submission: submission.id, person: person, payload: payload))
        return [
            "submission": .string(submission.id), "evidence": .string(SHA256Digest.of(payload).hex), "statement": predicate,
            "results": .array(results.suites.map(\.row)), "policy": results.policy ?? nil, "suggested": .string(results.suggested.rawValue),
        ]
    }

    /// Signs what the adjudicator signed for, and records it.
    func recordVerdict(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["evidence", "submission", "verdict"])
        guard let digest = SHA256Digest(hex: try scope.field("evidence").string()), let prepared = try await pending.verdict(digest),
            try scope.field("submission").string() == prepared.submission,
            try scope.field("verdict").string() == prepared.evidence.verdict.rawValue,
            authorized.person.name == prepared.person
        else {
            throw LocalFailure(
                code: "verdict.unknown-evidence", message: "The evidence that was signed for was not put before this person here.",
                advice: "Ask for the verdict again; the appliance keeps evidence for four days.")
        }
        try await requireConsent(authorized, to: .verdict, on: submissions.submission(prepared.submission))
        guard let time = Timestamp(unixSeconds: await ledger.time) else {
            throw LocalFailure(code: "verdict.time", message: "The appliance's clock is beyond the year 9999.", advice: "Set it.")
        }
        let summary = Statement(
            subjects: prepared.statement.subjects, predicateType: VerificationSummary.predicateType,
            predicate: VerificationSummary.predicate(
                of: prepared.evidence, digest: digest, by: keys.verdict.publicKey, at: time))
        let lines = try [summary.payload(), prepared.payload].flatMap { payload in
            DSSEEnvelope.sign(payload: payload, payloadType: Statement.payloadType, with: [keys.verdict]).encoded()
                + [UInt8(ascii: "\n")]
        }
        let linesDigest = SHA256Digest.of(lines)
        let entry = try await record(
            authorized,
            subjects: [.init(name: BundleContainer.Member.verdict.rawValue, sha256: linesDigest)],
            details: ["submission": .string(prepared.submission), "verdict": .string(prepared.evidence.verdict.rawValue)])
        try verdicts.put(
            submission: prepared.submission, entry: entry.sequence, statements: lines, request: authorized.bytes)
        await pending.remove(digest)
        return [
            "verdict": .string(linesDigest.hex), "submission": .string(prepared.submission),
            "entry": .integer(entry.sequence), "result": prepared.evidence.verdict == .pass ? "PASSED" : "FAILED",
        ]
    }

    private func latestFinishedRun(of submission: String) throws -> StoredRun {
        guard let run = try runs.runs(submission: submission).last(where: { $0.results != nil }) else {
            throw LocalFailure(
                code: "verdict.no-results", message: "Submission \(submission) has no finished evaluation.",
                advice: "Draft a plan with assay plan, then run it with assay evaluate.")
        }
        return run
    }

    private func evidence(
        _ submission: StoredSubmission, _ run: StoredRun, _ results: RunResults, _ decision: Evidence.Verdict, _ person: String
    ) async throws -> JSONValue {
        guard let resultsEntry = run.resultsEntry else {
            throw StoreError(.damaged, "Run \(run.id) has results but no ledger entry.")
        }
        let looks = try inspections(of: submission.id)
        let declaration = submission.manifest.declaration
        let time = await ledger.time
        return [
            "adjudication": [
                "person": .string(person), "verdict": .string(decision.rawValue),
                "reason": decision == results.suggested ? "thresholds" : "stricter-than-thresholds",
            ],
            "declaration": [
                "digest": SHA256Digest.of(try CanonicalJSON.encode(declaration.json)).digestSet,
                "facts": .object(Self.facts(of: declaration)),
            ],
            "engine": [
                "build": .string(results.engineBuild), "openBLASCore": .string(results.blasCore),
                "configuration": .object(results.configuration), "confinement": .object(results.confinement),
                "entry": reference(resultsEntry),
            ],
            "ingest": reference(submission.entry),
            "inspections": [
                "count": .integer(Int64(looks.count)), "first": looks.first.map { .integer($0) } ?? nil,
                "last": looks.last.map { .integer($0) } ?? nil,
            ],
            "ledger": .string(ledger.origin),
            "plan": ["digest": SHA256Digest.of(run.plan).digestSet, "entry": reference(run.planEntry)],
            "policy": results.policy ?? nil,
            "submission": [
                "id": .string(submission.id), "labKey": .string(submission.labKey.keyID),
                "manifest": submission.manifestDigest.digestSet,
            ],
            "suites": .array(results.suites.map(\.evidence)),
            "time": ["rfc3339": .string(Moment.text(time)), "unix": .integer(time)],
        ]
    }

    /// What everybody who reads the verdict is shown of the declaration. The rest is for inspectors, and bound by its digest.
    private static func facts(of declaration: Declaration) -> JSONObject {
        var facts: JSONObject = [
            "name": .string(declaration.name), "version": .string(declaration.version),
            "intendedRelease": .string(declaration.release.rawValue), "licence": .string(declaration.licence),
            "architecture": .string(declaration.architecture.family),
            "parameters": .string(String(declaration.architecture.parameters)),
            "base": .string(declaration.base?.name ?? "none declared"),
        ]
        for (index, adapter) in declaration.adapters.enumerated() { facts["adapter \(index + 1)"] = .string(adapter.name) }
        return facts
    }

    private func reference(_ place: EntryPlace) -> JSONValue { ["index": .integer(place.index), "leaf": .string(place.leaf.hex)] }

    /// The entries that record a look into the submission.
    private func inspections(of submission: String) throws -> [Int64] {
        try entries { entry in
            entry.action.hasPrefix("inspect.") && ["submission", "with"].contains { entry.details[$0]?.string == submission }
        }.map(\.sequence)
    }
}
