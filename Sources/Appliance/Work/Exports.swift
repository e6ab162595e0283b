import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Ledger
import MerkleLog
import VerdictBundle

/// The export gate: the only code that makes what may leave the building, and a closed list of that.
///
/// Verdict bundles (here), ingest receipts (made at ingest), ledger checkpoints, proofs and tiles (which hold
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
            "epoch.vkey": .string(Base64.encode(Array((ledgerKeys.epochs[0].key.text + "\n").utf8))),
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

    /// The listing that `assay ledger export` then fetches file by file.
    func exportLedger(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        try JSONField(.object(authorized.request.scope), path: "$.scope").allow(only: [])
        let entry = try await record(authorized)
        var listing = try await listTiles().object ?? [:]
        listing["entry"] = .integer(entry.sequence)
        return .object(listing)
    }
}
