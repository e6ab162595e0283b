import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Ledger
import LocalAPI
import MerkleLog
import VerdictBundle

/// The export gate: the only code that makes what may leave the building, and a closed list of that.
///
/// Verdict bundles (here), ingest receipts (made at ingest), ledger checkpoints, receipts, proofs and tiles (which hold
/// digests only), and the public keys to verify them with.
extension OpenAppliance {
    /// The verdict bundle on a submission and what it unpacks to. That it leaves is on the ledger first.
    func export(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["submission"])
        let submission = try submissions.submission(scope.field("submission").string(maxBytes: 128))
        let stored = try verdicts.verdict(on: submission.id)
        try await requireConsent(authorized, to: .export, on: submission)
        let entry = try await record(
            authorized,
            subjects: [.init(name: BundleContainer.Member.verdict.rawValue, sha256: .of(stored.statements))],
            details: ["submission": .string(submission.id)])
        try await anchorLedger()
        let (size, checkpoint) = try await provingCheckpoint(for: stored.entry)
        let (leaf, proof) = try reader.proof(stored.entry, size: size, checkpoint: checkpoint)
        let bundle = try BundleContainer([
            .verdict: stored.statements, .entry: leaf, .request: stored.request, .proof: Array(proof.text.utf8),
            .checkpoint: Array(checkpoint.utf8),
        ])
        var files: JSONObject = ["verdict.assay": .string(Base64.encode(bundle.archive()))]
        for member in BundleContainer.Member.allCases { files[member.rawValue] = .string(Base64.encode(bundle[member])) }
        return ["files": .object(files), "entry": .integer(entry.sequence)]
    }

    /// What a verifier needs to hold beforehand: public keys only.
    func trustAnchors() async throws -> JSONValue {
        let (ledgerKeys, cosigned) = (try await desk.keys(), try await cosigned)
        var files: JSONObject = [
            "ledger.vkey": .string(Base64.encode(Array(ledgerKeys.trustedLedgerKeys.map { $0.text + "\n" }.joined().utf8))),
            "epoch.vkey": .string(Base64.encode(Array(ledgerKeys.epochs.map { $0.key.text + "\n" }.joined().utf8))),
            "appliance.pub.pem": .string(Base64.encode(Array(keys.verdict.publicKey.pem.utf8))),
            "allowed_signers": .string(Base64.encode(Array(await desk.standing.allowedSigners.text.utf8))),
        ]
        if !cosigned.witnesses.isEmpty {
            files["witnesses"] = .string(Base64.encode(Array(cosigned.witnesses.map { $0.text + "\n" }.joined().utf8)))
        }
        for (number, lab) in labs.enumerated() {
            files[number == 0 ? "lab.pub.pem" : "lab-\(number + 1).pub.pem"] = .string(Base64.encode(Array(lab.pem.utf8)))
        }
        return ["files": .object(files)]
    }

    /// A checkpoint for somebody to take home: the latest, which covers the entry that says so; or the newest that
    /// witnesses cosigned, which cannot.
    func takeReceipt(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let cosigned = try await refusing(authorized) {
            let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
            try scope.allow(only: ["cosigned"])
            guard try scope.optional("cosigned")?.bool() ?? false else { return CosignedCheckpoints.Kept?.none }
            guard let newest = try await self.cosigned.all().last else {
                throw LocalFailure(
                    code: "witness.none", message: "No witness has cosigned a checkpoint of this ledger yet.",
                    advice: "Take a receipt of the latest checkpoint, or have it cosigned first: assay witness.")
            }
            return newest
        }
        let entry = try await record(authorized)
        try await anchorLedger()
        let note = if let cosigned { cosigned.note } else { await ledger.checkpoint }
        return [
            "checkpoint": .string(note), "entry": .integer(entry.sequence),
            "size": .integer(try Checkpoint(text: SignedNote(note: note).text).size), "time": .integer(entry.time),
            "moment": .string(Moment.text(entry.time)),
        ]
    }

    /// The listing that `assay ledger export` then fetches file by file.
    func exportLedger(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        try JSONField(.object(authorized.request.scope), path: "$.scope").allow(only: [])
        let entry = try await record(authorized)
        try await anchorLedger()
        var listing = try await listTiles().object ?? [:]
        listing["entry"] = .integer(entry.sequence)
        return .object(listing)
    }
}
