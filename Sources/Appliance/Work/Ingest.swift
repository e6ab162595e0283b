import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Ledger
import LocalAPI
import SealedMedia

extension OpenAppliance {
    /// Takes a medium in: all of it is verified, or nothing of it is kept. Either way the ledger says so. Of several volumes, what was
    /// verified of each is kept until the last is there.
    func ingest(
        _ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["drop", "media", "repair"])
        if let drop = try scope.optional("drop") { return try await giveUp(drop.string(maxBytes: 64), authorized) }
        let path = try scope.field("media").string()
        guard path.hasPrefix("/") else { throw try scope.field("media").failure("a path from the root was expected") }
        let repairing = try scope.optional("repair")?.bool() ?? false
        try await record(authorized)
        let staging: Staging
        var links: SubmissionLinks?
        do {
            staging = try await Blocking.run { [self] in
                try submissions.stage(media: path, labs: labs, identity: keys.media, repairing: repairing) { step in
                    progress(LocalProgress(
                        activity: step.activity.rawValue, done: Int64(step.bytesDone), total: Int64(step.bytesTotal), unit: "bytes"))
                }
            }
            if case .whole(let staged) = staging { links = try linked(staged) }
        } catch {
            _ = try await ledger.append(
                EntryDraft(.submissionRefused, details: ["code": .string(FailureReply.failure(for: error).code)]))
            throw error
        }
        // What fails from here on is no refusal: the ledger may have accepted it.
        return switch staging {
        case .partly(let incoming): try await note(incoming)
        case .whole(let staged): try await accept(staged, links)
        }
    }

    private func accept(_ staged: StagedSubmission, _ links: SubmissionLinks?) async throws -> JSONValue {
        defer { withExtendedLifetime(staged.claim) {} }
        let manifest = staged.submission.manifest
        var details: JSONObject = [
            "submission": .string(staged.id), "files": .integer(Int64(manifest.files.count)),
            "bytes": .integer(Int64(staged.submission.plainBytes)), "lab": .string(staged.submission.signer.keyID),
        ]
        for (name, value) in links?.json.members ?? [] { details[name] = value }
        for (name, count) in [("damaged", staged.damage.count), ("rebuilt", staged.rebuilt)] where count > 0 {
            details[name] = .integer(Int64(count))
        }
        let terms = await desk.declaredTerms(of: manifest, by: staged.submission.signer.keyID)
        if let terms { details["terms"] = .string(terms.state.rawValue) }
        let signature = try await modelSignature(of: staged)
        if let signature { details["modelSignature"] = .object(signature.json) }
        let entry = try await ledger.append(
            EntryDraft(.submissionAccepted, subjects: [.init(name: "manifest", sha256: staged.manifestDigest)], details: details))
        let submission = try submissions.keep(staged.id, entry: EntryPlace(entry), time: entry.time)
        let receipt = try SubmissionReceipt(
            .takenIn, manifest, id: staged.id, lab: staged.submission.signer.keyID, appliance: identity.name, ledgerSequence: entry.sequence,
            checkpoint: await ledger.checkpoint, time: Moment.text(entry.time), modelSignature: signature?.state
        ).signed(by: keys.verdict).encoded()
        return [
            "damage": Self.json(staged.damage), "links": .object(links?.json ?? [:]), "submission": .string(submission.id),
            "modelSignature": signature.map { .object($0.json) } ?? .null, "model": .string(submission.manifest.declaration.name), "files": .integer(Int64(submission.manifest.files.count)),
            "bytes": .integer(Int64(staged.submission.plainBytes)), "rebuilt": .integer(Int64(staged.rebuilt)),
            "terms": terms?.json ?? .null, "entry": .integer(submission.entry.index), "receipt": .string(String(decoding: receipt, as: UTF8.self)), "whole": true,
        ]
    }

    /// A volume is in, and others are missing.
    private func note(_ incoming: IncomingSubmission) async throws -> JSONValue {
        let (held, parts) = incoming.volumes.reduce((0, 0)) { ($0.0 + $1.held, $0.1 + $1.parts) }
        var details: JSONObject = [
            "submission": .string(incoming.id), "held": .integer(Int64(held)), "parts": .integer(Int64(parts)),
        ]
        if !incoming.damage.isEmpty { details["damaged"] = .integer(Int64(incoming.damage.count)) }
        let entry = try await ledger.append(
            EntryDraft(.submissionIncoming, subjects: [.init(name: "manifest", sha256: incoming.manifestDigest)], details: details))
        var object = Self.object(incoming)
        object["damage"] = Self.json(incoming.damage)
        object["entry"] = .integer(entry.sequence)
        object["whole"] = false
        return .object(object)
    }

    /// Removes what there is of a submission that is not whole.
    private func giveUp(_ prefix: String, _ authorized: AuthorizedRequest) async throws -> JSONValue {
        let found = try submissions.incoming().filter { $0.id.hasPrefix(prefix) }
        guard !prefix.isEmpty, found.count == 1 else {
            throw StoreError(.noSuchSubmission, "\(found.count) submissions that are being taken in begin with \(prefix). assay submissions lists them.")
        }
        try await record(authorized)
        try submissions.drop(found[0].id)
        let entry = try await ledger.append(
            EntryDraft(.submissionRefused, details: ["code": "submission.dropped", "submission": .string(found[0].id)]))
        return ["dropped": .string(found[0].id), "entry": .integer(entry.sequence)]
    }

    /// For `assay submissions`, and for whoever brings the volumes.
    static func object(_ incoming: IncomingSubmission) -> JSONObject {
        [
            "submission": .string(incoming.id), "model": .string(incoming.manifest.declaration.name), "lab": .string(incoming.manifest.lab),
            "volumes": .array(incoming.volumes.map { volume in
                ["number": .integer(Int64(volume.number)), "held": .integer(Int64(volume.held)), "parts": .integer(Int64(volume.parts))]
            }),
        ]
    }

    private static func json(_ damage: [MediaDamage]) -> JSONValue {
        .array(damage.map { ["code": .string($0.error.code.rawValue), "file": .string($0.error.file ?? ""), "message": .string($0.error.message)] })
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

    /// Settles what a crash left between the store and the ledger: a submission that the ledger accepted is kept, and one that it says
    /// was purged is purged. One that was being taken in stays as far as it came.
    func recover() async throws {
        for incoming in try submissions.incoming() {
            let entry = try lastEntry {
                $0.action == LedgerAction.submissionAccepted.rawValue && $0.details["submission"]?.string == incoming.id
            }
            if let entry { _ = try submissions.keep(incoming.id, entry: EntryPlace(entry), time: entry.time) }
        }
        for id in await desk.standing.purged where try !submissions.isPurged(id) {
            try runs.eraseSamples(of: id)
            try submissions.purge(id)
        }
        try await recoverPacks()
    }
}
