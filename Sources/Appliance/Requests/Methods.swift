import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import LocalAPI
import MerkleLog

extension OpenAppliance {
    /// The methods of an open appliance. Those that show or decide something about a submission go through `act`.
    ///
    /// - Parameter restriction: while two persons have to agree to something first.
    func answer(
        _ method: String, _ parameters: JSONField, _ progress: @escaping @Sendable (LocalProgress) -> Void, restriction: Restriction? = nil
    ) async throws -> JSONValue {
        switch method {
        case "identity": try await publicIdentity()
        case "trust": try await trustAnchors()
        case "requests": try await desk.listWaiting()
        case "sessions": try await desk.listSessions()
        case "session.lock": try await desk.lockSession(parameters)
        case "budgets": try await listBudgets()
        case "challenge": try await desk.challenge(parameters.field("person").string(maxBytes: 64))
        case "submissions": try await listSubmissions()
        case "retention": try await listRetention()
        case "certificate": try await certifyDestruction(parameters)
        case "runs": try listRuns()
        case "packs": try await listPacks()
        case "plan.draft": try await draftPlan(parameters)
        case "log.piece": try await logPiece(parameters)
        case "policy.check": try checkPolicy(parameters)
        case "verdict.prepare": try await prepareVerdict(parameters)
        case "ledger.verify": try await verifyLedger(parameters)
        case "ledger.show": try showLedger(parameters)
        case "ledger.checkpoint": ["checkpoint": .string(await ledger.checkpoint)]
        case "ledger.prove": try await prove(parameters)
        case "ledger.consistency": try await proveConsistency(parameters)
        case "ledger.tile": try await ledgerTile(parameters)
        case "witness.request": try await witnessRequest(parameters)
        case "witness.accept": try await acceptCosigned(parameters)
        case "witness.list": try await listWitnesses()
        case "act": try await act(parameters, progress, restriction)
        case "look": try await look(parameters, progress)
        default: throw LocalFailure(code: "request.unknown-method", message: "There is no method \(method.prefix(64)).")
        }
    }

    /// A person's signed request: taken in, then recorded, then done.
    private func act(
        _ parameters: JSONField, _ progress: @escaping @Sendable (LocalProgress) -> Void, _ restriction: Restriction?
    ) async throws -> JSONValue {
        try parameters.allow(only: ["attachment", "request", "signature"])
        let attachment = try parameters.optional("attachment")?.string(maxBytes: 4 << 20) ?? ""
        var authorized = try await desk.authorize(
            Array(parameters.field("request").string(maxBytes: 64 << 10).utf8),
            signature: parameters.field("signature").string(maxBytes: 8192))
        if let restriction { try await check(authorized, restriction) }
        if authorized.request.action == .perform { authorized = try await desk.carryOut(authorized, lab: lab) }
        do {
            return try await perform(authorized, attachment, progress, restriction)
        } catch let wait as ConsentNeeded {
            return wait.reply
        }
    }

    /// Before two persons have agreed to what has to come first, nothing else is taken in.
    private func check(_ authorized: AuthorizedRequest, _ restriction: Restriction) async throws {
        do {
            try restriction.check(authorized.request.action, carriedOut: await desk.actionToCarryOut(authorized))
        } catch {
            try await desk.refuse(authorized.digest, error, by: authorized.person.name)
            throw error
        }
    }

    /// A look under an open session.
    private func look(
        _ parameters: JSONField, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        try parameters.allow(only: ["action", "scope", "session", "token"])
        guard let action = Action(rawValue: try parameters.field("action").string(maxBytes: 64)) else {
            throw try parameters.field("action").failure("an action was expected")
        }
        var scope = try parameters.field("scope").object()
        // The session names submissions in full.
        for (name, submission) in [("run", "submission"), ("withRun", "with")] {
            if let run = scope[name]?.string { scope[submission] = .string(try runs.run(run).submission) }
        }
        for name in ["submission", "with"] {
            if let submission = scope[name]?.string { scope[name] = .string(try submissions.submission(submission).id) }
        }
        let authorized = try await desk.authorize(
            action, scope: scope, session: parameters.field("session").integer(),
            token: parameters.field("token").string(maxBytes: 64))
        return try await perform(authorized, "", progress)
    }

    private func perform(
        _ authorized: AuthorizedRequest, _ attachment: String, _ progress: @escaping @Sendable (LocalProgress) -> Void,
        _ restriction: Restriction? = nil
    ) async throws -> JSONValue {
        switch authorized.request.action {
        case .ingest: try await ingest(authorized, progress)
        case .purge: try await purge(authorized)
        case .inspectFiles: try await inspectFiles(authorized)
        case .inspectTensors: try await inspectTensors(authorized, progress)
        case .inspectTensor: try await inspectTensor(authorized)
        case .inspectRecords: try await inspectRecords(authorized)
        case .inspectLog: try await inspectLog(authorized)
        case .inspectValues: try await inspectValues(authorized)
        case .inspectCompare: try await inspectCompare(authorized, progress)
        case .inspectDifferences: try await inspectDifferences(authorized)
        case .inspectSearch: try await inspectSearch(authorized)
        case .inspectSample: try await inspectSample(authorized)
        case .inspectDataset: try await inspectDataset(authorized)
        case .inspectCurves: try await inspectCurves(authorized)
        case .inspectTranscripts: try await inspectTranscripts(authorized)
        case .inspectRunLog: try await inspectRunLog(authorized, progress)
        case .inspectRuns: try await inspectRuns(authorized, progress)
        case .evaluate: try await evaluate(authorized, plan: attachment, progress)
        case .replay: try await replay(authorized, progress)
        case .verdict: try await recordVerdict(authorized)
        case .export: try await export(authorized)
        case .exportLedger: try await exportLedger(authorized)
        case .rotate: try await rotate(authorized, attachment: attachment)
        case .receipt: try await takeReceipt(authorized)
        case .openSession: try await desk.openSession(authorized) { try submissions.submission($0).id }
        case .unlockSession: try await desk.unlockSession(authorized)
        case .endSession: try await desk.endSession(authorized)
        case .approve, .decline: try await desk.decide(authorized, lab: lab)
        case .withdraw: try await desk.withdraw(authorized)
        case .suspend: try await suspend(authorized)
        case .installRoster: try await installRoster(authorized, attachment: attachment)
        case .installTerms: try await installTerms(authorized, attachment: attachment)
        case .installPack: try await installPack(authorized, root: attachment, progress)
        case .removePack: try await removePack(authorized)
        case .maintain: try await maintain(authorized)
        case .backup: try await backup(authorized, progress)
        case .restore: try await confirmRestore(authorized, attachment: attachment, restriction?.marker)
        case .prepareTPM: try await prepareTPM(authorized)
        case .archive: try await archiveLedger(authorized)
        case .rebindTPM: try await rebindTPM(authorized, attachment: attachment, restriction)
        case .perform: throw ClearanceError(.notPermitted, "a request to perform a request to perform is none")
        }
    }

    /// The public file, with the ledger's key as it is now.
    func publicIdentity() async throws -> JSONValue {
        let identity = try await currentIdentity()
        return [
            "appliance": .string(String(decoding: try identity.canonicalBytes(), as: UTF8.self)),
            "fingerprint": .string(try identity.fingerprint()),
        ]
    }

    func status() async throws -> JSONValue {
        let checkpoint = try await Checkpoint(text: SignedNote(note: ledger.checkpoint).text)
        let linked = try linkedSubmissions()
        let roster = try await desk.roster(), suspended = await desk.standing.suspended
        return [
            "state": "open", "name": .string(identity.name), "anchor": try await anchor?.status() ?? .null,
            "roster": ["version": .integer(roster.version), "expires": .string(roster.expires.rfc3339)],
            "ledger": [
                "origin": .string(checkpoint.origin), "size": .integer(checkpoint.size), "root": .string(checkpoint.rootHash.hex),
            ],
            "submissions": .integer(Int64(linked.count)), "duplicates": .integer(Int64(linked.count { !$0.links.duplicates.isEmpty })),
            "superseded": .integer(Int64(Set(linked.compactMap(\.links.supersedes)).count)), "runs": .integer(Int64(try runs.runs().count)),
            "people": .array(
                roster.people.map { person in
                    [
                        "name": .string(person.name), "roles": .array(person.roles.map { .string($0.rawValue) }),
                        "side": .string(person.side.rawValue), "suspended": .bool(suspended.contains(person.name)),
                    ]
                }),
            "waiting": .integer(Int64(await desk.standing.waiting.all.count)),
        ]
    }

    private func listSubmissions() async throws -> JSONValue {
        let linked = try linkedSubmissions(), terms = await desk.standing.terms
        let all = try linked.map { submission, links -> JSONValue in
            let declared = DeclaredTerms(submission.manifest.declaration, under: terms[submission.labKey.keyID])
            return [
                "duplicates": .array(links.duplicates.map { .string($0) }), "supersedes": links.supersedes.map { .string($0) } ?? .null,
                "supersededBy": linked.last { $0.links.supersedes == submission.id }.map { .string($0.submission.id) } ?? .null,
                "submission": .string(submission.id), "model": .string(submission.manifest.declaration.name),
                "modelSignature": try recordedModelSignature(of: submission), "terms": declared?.json ?? .null, "lab": .string(submission.manifest.lab), "entry": .integer(submission.entry.index),
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
        return ["incoming": .array(try submissions.incoming().map { .object(Self.object($0)) }), "submissions": .array(all)]
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
