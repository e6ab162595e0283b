import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import LocalAPI
import MerkleLog

extension OpenAppliance {
    /// The methods of an open appliance. Those that show or decide something about a submission go through `act`.
    func answer(
        _ method: String, _ parameters: JSONField, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        switch method {
        case "identity": try publicIdentity()
        case "trust": trustAnchors()
        case "challenge": try await desk.challenge(parameters.field("person").string(maxBytes: 64))
        case "submissions": try listSubmissions()
        case "runs": try listRuns()
        case "plan.draft": try await draftPlan(parameters)
        case "verdict.prepare": try await prepareVerdict(parameters)
        case "ledger.verify": try verifyLedger(parameters)
        case "ledger.show": try showLedger(parameters)
        case "ledger.checkpoint": ["checkpoint": .string(await ledger.checkpoint)]
        case "ledger.prove": try await prove(parameters)
        case "ledger.consistency": try await proveConsistency(parameters)
        case "ledger.tile": try await ledgerTile(parameters)
        case "act": try await act(parameters, progress)
        default: throw LocalFailure(code: "request.unknown-method", message: "There is no method \(method.prefix(64)).")
        }
    }

    /// A person's signed request: taken in, then recorded, then done.
    private func act(
        _ parameters: JSONField, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        try parameters.allow(only: ["attachment", "request", "signature"])
        let authorized = try await desk.authorize(
            Array(parameters.field("request").string(maxBytes: 64 << 10).utf8),
            signature: parameters.field("signature").string(maxBytes: 8192))
        switch authorized.request.action {
        case .ingest: return try await ingest(authorized, progress)
        case .inspectTensors: return try await inspectTensors(authorized)
        case .inspectTensor: return try await inspectTensor(authorized)
        case .inspectRecords: return try await inspectRecords(authorized)
        case .inspectLog: return try await inspectLog(authorized)
        case .evaluate:
            return try await evaluate(authorized, plan: parameters.field("attachment").string(maxBytes: 4 << 20), progress)
        case .replay: return try await replay(authorized, progress)
        case .verdict: return try await recordVerdict(authorized)
        case .export: return try await export(authorized)
        case .exportLedger: return try await exportLedger(authorized)
        }
    }

    func publicIdentity() throws -> JSONValue {
        [
            "appliance": .string(String(decoding: try identity.canonicalBytes(), as: UTF8.self)),
            "fingerprint": .string(try identity.fingerprint()),
        ]
    }

    func status() async throws -> JSONValue {
        let checkpoint = try await Checkpoint(text: SignedNote(note: ledger.checkpoint).text)
        return [
            "state": "open", "name": .string(identity.name),
            "ledger": [
                "origin": .string(checkpoint.origin), "size": .integer(checkpoint.size), "root": .string(checkpoint.rootHash.hex),
            ],
            "submissions": .integer(Int64(try submissions.submissions().count)), "runs": .integer(Int64(try runs.runs().count)),
            "people": .array(
                roster.people.map { person in
                    ["name": .string(person.name), "roles": .array(person.roles.map { .string($0.rawValue) })]
                }),
        ]
    }

    private func listSubmissions() throws -> JSONValue {
        let all = try submissions.submissions().map { submission -> JSONValue in
            [
                "submission": .string(submission.id), "model": .string(submission.manifest.declaration.name),
                "lab": .string(submission.manifest.lab), "entry": .integer(submission.entry.index),
                "ingested": .string(Moment.text(submission.ingested)),
                "bytes": .integer(Int64(submission.manifest.files.reduce(0) { $0 + $1.size })),
                "files": .array(
                    submission.manifest.files.map { file in
                        [
                            "path": .string(file.path), "kind": .string(file.kind.rawValue), "size": .integer(Int64(file.size)),
                            "sha256": .string(file.digest.hex),
                        ]
                    }),
            ]
        }
        return ["submissions": .array(all)]
    }

    private func listRuns() throws -> JSONValue {
        let all = try runs.runs().map { run -> JSONValue in
            [
                "run": .string(run.id), "submission": .string(run.submission),
                "state": run.results == nil ? "unfinished" : "finished", "samples": .integer(Int64(max(0, try runs.count(run: run.id) - 1))),
            ]
        }
        return ["runs": .array(all)]
    }
}
