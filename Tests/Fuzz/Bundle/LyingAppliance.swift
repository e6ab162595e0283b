import AuditCrypto
import AuditSigning
import BundleVerifier
import CanonicalEncoding
import FuzzSupport
import LogBuilding
import MerkleLog
import VerdictBundle

/// An appliance that signs whatever it is given, with keys that the verifier trusts: only so do inputs get past the
/// signatures, to all that is checked behind them.
struct LyingAppliance {
    static let now: Int64 = 1_769_870_000
    private static let origin = "fuzz.example/ledger"
    private static let verdictKey = key(1), ledgerKey = key(2), personKey = key(3), labKey = key(4)
    /// The verdict's place in the ledger, and the ledger's size.
    private static let index = 8, size = 11

    private static func key(_ number: UInt8) -> Ed25519PrivateKey {
        mustSucceed("32 bytes are a seed") { try Ed25519PrivateKey(seed: [UInt8](repeating: number, count: 32)) }
    }

    static let trust = mustSucceed("the trust anchors are sound") {
        let signers = "bob namespaces=\"assay-request@v1\" \(SSHPublicKey(personKey.publicKey).openSSH)\n"
        return try TrustAnchors(
            ledger: Array(NoteVerifierKey(name: origin, publicKey: ledgerKey.publicKey).text.utf8),
            verdictKey: Array(verdictKey.publicKey.pem.utf8), labKey: Array(labKey.publicKey.pem.utf8),
            allowedSigners: Array(signers.utf8))
    }

    /// The bundle over these parts, each a JSON text. An empty summary, request or entry stands for the one that follows
    /// from the evidence; nil where the parts do not fit an archive.
    static func bundle(evidence: [UInt8], summary: [UInt8], request: [UInt8], entry: [UInt8]) -> [UInt8]? {
        // Keys that the input need not know.
        let evidenceStatement = canonical(
            evidence.replacing(Array("@LAB@".utf8), with: Array(labKey.publicKey.keyID.utf8)))
        let sound = (try? StrictJSON.parse(evidenceStatement)).flatMap { try? Statement(json: JSONField($0)) }
        let read = sound.flatMap { try? Evidence(json: $0.predicate) }
        var summaryStatement = canonical(summary), requestBytes = canonical(request)
        if summary.isEmpty, let sound, let read {
            let predicate = VerificationSummary.predicate(
                of: read, digest: .of(evidenceStatement), by: verdictKey.publicKey, at: read.time)
            let statement = Statement(
                subjects: sound.subjects, predicateType: VerificationSummary.predicateType, predicate: predicate)
            summaryStatement = (try? statement.payload()) ?? []
        }
        if request.isEmpty, let read {
            requestBytes = (try? CanonicalJSON.encode([
                "action": "verdict", "checkpoint": ["origin": .string(origin), "root": "AAAA", "size": .integer(Int64(index))],
                "nonce": "00112233445566778899aabbccddeeff", "person": .string(read.person), "purpose": "adjudication",
                "scope": [
                    "evidence": .string(SHA256Digest.of(evidenceStatement).hex), "submission": .string(read.submission),
                    "verdict": .string(read.verdict.rawValue),
                ],
                "v": 1,
            ])) ?? []
        }
        let lines = [summaryStatement, evidenceStatement].flatMap { payload -> [UInt8] in
            DSSEEnvelope.sign(payload: payload, payloadType: Statement.payloadType, with: [verdictKey]).encoded() + [0x0A]
        }
        let entryBytes = self.entry(entry, lines: lines, request: requestBytes)
        let hasher = TreeHasher.standard
        let leaves = (0..<size).map { hasher.leaf($0 == index ? entryBytes : [UInt8($0)]) }
        let tree = MerkleTree(leafHashes: leaves)
        return try? BundleContainer(archived(lines, entryBytes, requestBytes, tree)).archive()
    }

    private static func archived(
        _ lines: [UInt8], _ entry: [UInt8], _ request: [UInt8], _ tree: MerkleTree
    ) throws -> [BundleContainer.Member: [UInt8]] {
        let checkpoint = Checkpoint(origin: origin, size: tree.size, rootHash: tree.root)
        let note = try NoteSigner(name: origin, key: ledgerKey).sign(text: checkpoint.text)
        let inclusion = try tree.inclusionProof(index: Int64(index), size: tree.size)
        let proof = TLogProof(index: inclusion.index, hashes: inclusion.hashes, checkpoint: note)
        return [
            .verdict: lines, .entry: entry, .request: request, .proof: Array(proof.text.utf8), .checkpoint: Array(note.utf8),
        ]
    }

    /// The entry of this text, with the digests and the signature that it would need.
    private static func entry(_ text: [UInt8], lines: [UInt8], request: [UInt8]) -> [UInt8] {
        var object: JSONObject = [
            "action": "verdict", "actor": "bob", "details": [:], "previous": .string(SHA256Digest.of([0]).hex),
            "sequence": .integer(Int64(index)), "time": .integer(now - 1000), "v": 1,
        ]
        if !text.isEmpty {
            guard let given = (try? StrictJSON.parse(text))?.object else { return text }
            object = given
        }
        if object["subjects"] == nil {
            object["subjects"] = [
                ["name": .string(BundleContainer.Member.verdict.rawValue), "sha256": .string(SHA256Digest.of(lines).hex)]
            ]
        }
        if object["request"] == nil {
            let signature = SSHSignature(signing: request, namespace: "assay-request@v1", with: personKey)
            object["request"] = ["sha256": .string(SHA256Digest.of(request).hex), "sshsig": .string(signature.armored)]
        }
        return (try? CanonicalJSON.encode(.object(object), numbers: .any)) ?? text
    }

    /// The canonical form of a JSON text; of anything else, itself.
    private static func canonical(_ text: [UInt8]) -> [UInt8] {
        (try? StrictJSON.parse(text)).flatMap { try? CanonicalJSON.encode($0, numbers: .any) } ?? text
    }
}
