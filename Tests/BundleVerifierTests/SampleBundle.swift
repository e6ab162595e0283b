import AuditCrypto
import AuditSigning
import BundleVerifier
import CanonicalEncoding
import LogBuilding
import MerkleLog
import VerdictBundle

/// A complete bundle over a small ledger, made as an appliance makes it, with a place to interfere before
/// each signature: what comes after is consistent with it, as it would be if the appliance itself lied.
struct SampleBundle {
    static let now: Int64 = 1_769_870_000
    static let origin = "assay.local/ledger/0011223344556677"
    static let submission = "4f1c2d3e"
    static let weights = Array("stand-in for a model's weights".utf8)

    var verdictKey = key(1)
    var ledgerKey = key(2)
    var adjudicatorKey = key(3)
    let labKey = key(4)
    /// How many entries stand before the verdict's and after it: more than a tile of 256 in all.
    var entriesBefore = 300
    var entriesAfter = 3
    /// How many the ledger has beyond the checkpoint in the bundle.
    var entriesLater = 0

    var subjects = [Subject(name: "model.gguf", digest: .of(weights)), Subject(name: "data.jsonl", digest: .of([1]))]
    var evidence: JSONValue = Self.evidence()
    var editSummaryStatement: (JSONValue) -> JSONValue = { $0 }
    var editEvidenceStatement: (JSONValue) -> JSONValue = { $0 }
    var editLines: ([UInt8]) -> [UInt8] = { $0 }
    var editRequest: (JSONValue) -> JSONValue = { $0 }
    var namespace = "assay-request@v1"
    /// Signs the request; nil uses `adjudicatorKey`.
    var signRequest: (([UInt8]) throws -> String)?
    var editEntry: (JSONValue) -> JSONValue = { $0 }
    var editCheckpoint: (Checkpoint) -> Checkpoint = { $0 }
    /// Changes the signed checkpoint, as it then stands in the bundle twice.
    var editNote: (String) throws -> String = { $0 }
    var editProof: (TLogProof) -> TLogProof = { $0 }
    var editFiles: (inout [BundleContainer.Member: [UInt8]]) -> Void = { _ in }
    var timeVerified: Int64 = 1_769_860_900
    var entryTime: Int64 = 1_769_861_000

    static func key(_ number: UInt8) -> Ed25519PrivateKey {
        // 32 bytes are a seed, so this cannot fail.
        (try? Ed25519PrivateKey(seed: [UInt8](repeating: number, count: 32))) ?? .generate()
    }

    // MARK: Trust

    var trustFiles: [(name: String, bytes: [UInt8])] {
        get throws {
            [
                ("allowed_signers", Array(allowedSigners.utf8)),
                ("appliance.pub.pem", Array(Self.key(1).publicKey.pem.utf8)),
                ("lab.pub.pem", Array(labKey.publicKey.pem.utf8)),
                ("ledger.vkey", Array((try NoteVerifierKey(name: Self.origin, publicKey: Self.key(2).publicKey)).text.utf8) + [10]),
            ]
        }
    }

    var allowedSigners = """
        alice namespaces="assay-request@v1" \(SSHPublicKey(key(5).publicKey).openSSH)
        bob namespaces="assay-request@v1" \(SSHPublicKey(key(3).publicKey).openSSH)
        carol namespaces="file" \(SSHPublicKey(key(6).publicKey).openSSH)

        """

    func trust() throws -> TrustAnchors {
        let files = try trustFiles
        return try TrustAnchors(
            ledger: files[3].bytes, verdictKey: files[1].bytes, labKey: files[2].bytes, allowedSigners: files[0].bytes)
    }

    // MARK: The parts

    func lines() throws -> [UInt8] {
        let (evidenceStatement, evidence) = try evidenceStatement()
        let summary = VerificationSummary.predicate(
            of: evidence, digest: SHA256Digest.of(evidenceStatement), by: Self.key(1).publicKey,
            at: Timestamp(unixSeconds: timeVerified) ?? evidence.time)
        let summaryStatement = Statement(
            subjects: subjects, predicateType: VerificationSummary.predicateType, predicate: summary)
        let payload = try CanonicalJSON.encode(editSummaryStatement(try StrictJSON.parse(summaryStatement.payload())), numbers: .any)
        return editLines(
            [payload, evidenceStatement].flatMap { payload in
                DSSEEnvelope.sign(payload: payload, payloadType: Statement.payloadType, with: [verdictKey]).encoded() + [10]
            })
    }

    private func evidenceStatement() throws -> (payload: [UInt8], evidence: Evidence) {
        let statement = Statement(subjects: subjects, predicateType: Evidence.predicateType, predicate: evidence)
        let value = editEvidenceStatement(try StrictJSON.parse(statement.payload()))
        return (
            try CanonicalJSON.encode(value, numbers: .any),
            // Where the evidence is to be malformed, the summary is that of the sound one.
            try (try? Evidence(json: JSONField(evidence))) ?? Evidence(json: JSONField(Self.evidence()))
        )
    }

    func request() throws -> [UInt8] {
        let (payload, evidence) = try evidenceStatement()
        let request: JSONValue = [
            "action": "verdict",
            "checkpoint": ["origin": .string(Self.origin), "root": "AAAA", "size": .integer(Int64(entriesBefore))],
            "nonce": "00112233445566778899aabbccddeeff", "person": .string(evidence.person), "purpose": "adjudication",
            "scope": [
                "evidence": .string(SHA256Digest.of(payload).hex), "submission": .string(evidence.submission),
                "verdict": .string(evidence.verdict.rawValue),
            ],
            "v": 1,
        ]
        return try CanonicalJSON.encode(editRequest(request), numbers: .any)
    }

    func entry(_ lines: [UInt8], _ request: [UInt8], after previous: SHA256Digest) throws -> [UInt8] {
        let signature = try signRequest?(request)
            ?? SSHSignature(signing: request, namespace: namespace, with: adjudicatorKey).armored
        let entry = LedgerEntry(
            sequence: Int64(entriesBefore), time: entryTime, previous: previous, actor: "bob", action: "verdict",
            subjects: [
                .init(name: "verdict.intoto.jsonl", sha256: .of(lines)), .init(name: "other", sha256: .of([2])),
            ],
            details: ["verdict": "pass"], request: .init(sha256: .of(request), sshsig: signature))
        return try CanonicalJSON.encode(editEntry(try StrictJSON.parse(entry.encoded())), numbers: .any)
    }

    /// The whole ledger: entries as an appliance would write them, the verdict's at `entriesBefore`; and the
    /// bundle's files.
    func ledger() throws -> (
        entries: [[UInt8]], tree: MerkleTree, checkpoint: String, files: [BundleContainer.Member: [UInt8]]
    ) {
        let hasher = TreeHasher.standard
        let (lines, request) = (try lines(), try request())
        var entries: [[UInt8]] = []
        let exportedSize = Int64(entriesBefore + 1 + entriesAfter)
        for sequence in 0..<(exportedSize + Int64(entriesLater)) {
            let previous = entries.last.map { hasher.leaf($0) } ?? SHA256Digest(bytes: [UInt8](repeating: 0, count: 32))
            guard let previous else { break }
            entries.append(
                sequence == Int64(entriesBefore)
                    ? try entry(lines, request, after: previous)
                    : try LedgerEntry(
                        sequence: sequence, time: sequence < entriesBefore ? 1_769_800_000 : entryTime, previous: previous,
                        actor: "appliance", action: "note", details: ["n": .integer(sequence)]
                    ).encoded())
        }
        let tree = MerkleTree(leafHashes: entries.map { hasher.leaf($0) })
        let signer = try NoteSigner(name: Self.origin, key: ledgerKey)
        let exported = Checkpoint(origin: Self.origin, size: exportedSize, rootHash: try tree.root(size: exportedSize))
        let note = try editNote(signer.sign(text: editCheckpoint(exported).text))
        let whole = signer.sign(text: Checkpoint(origin: Self.origin, size: tree.size, rootHash: tree.root).text)
        let inclusion = try tree.inclusionProof(index: Int64(entriesBefore), size: exportedSize)
        let proof = editProof(TLogProof(index: inclusion.index, hashes: inclusion.hashes, checkpoint: note))
        var files: [BundleContainer.Member: [UInt8]] = [
            .verdict: lines, .entry: entries[entriesBefore], .request: request, .proof: Array(proof.text.utf8),
            .checkpoint: Array(note.utf8),
        ]
        editFiles(&files)
        return (entries, tree, whole, files)
    }

    func archive() throws -> [UInt8] { try BundleContainer(try ledger().files).archive() }

    func check(
        time: Int64 = now, weights: [(name: String, digest: SHA256Digest)] = []
    ) throws -> VerificationReport {
        try verify(bundle: archive(), trust: trust(), time: time, weights: weights)
    }

    // MARK: Evidence

    static func evidence() -> JSONValue {
        [
            "adjudication": ["person": "bob", "reason": "thresholds-met", "verdict": "pass"],
            "declaration": [
                "digest": SHA256Digest.of([3]).digestSet,
                "facts": ["architecture": "llama, 30 layers", "intended release": "open weights", "model": "Stand-in 1M"],
            ],
            "engine": [
                "build": "0.1.0+test", "configuration": ["seed": "7", "threads": "2"],
                "confinement": ["network": "none", "seccomp": "allow-list"],
                "entry": ["index": 40, "leaf": .string(SHA256Digest.of([4]).hex)], "openBLASCore": "Zen",
            ],
            "ingest": ["index": 1, "leaf": .string(SHA256Digest.of([5]).hex)],
            "inspections": ["count": 6, "first": 3, "last": 20],
            "ledger": .string(origin),
            "plan": [
                "digest": SHA256Digest.of([6]).digestSet, "entry": ["index": 30, "leaf": .string(SHA256Digest.of([7]).hex)],
            ],
            "policy": nil,
            "submission": [
                "id": .string(submission), "labKey": .string(key(4).publicKey.keyID),
                "manifest": SHA256Digest.of([8]).digestSet,
            ],
            "suites": [
                suite("assay_science", n: 200, 123, "0.6150", ("0.5473", "0.6815"), "0.40", "above", "above", nil),
                suite("assay_refusal", n: 60, 3, "0.0500", ("0.0171", "0.1370"), "0.20", "below", "below", "0.02"),
            ],
            "time": ["rfc3339": "2026-01-31T12:00:00Z", "unix": 1_769_860_800],
        ]
    }

    /// A policy that the sample's first suite is there for: 123 of 200 lie under a threshold of 0.80.
    static let policy: JSONValue = [
        "digest": SHA256Digest.of([12]).digestSet, "tiers": ["open", "staged"], "tier": "open",
        "release": ["declared": "open-weights", "tier": "open"], "facts": ["name": "Example"],
        "domains": [
            [
                "domain": "cyber", "decision": "below", "tier": "staged", "best": "assay_science", "itemsNeeded": nil, "facts": [:],
                "elicitations": [["suite": "assay_science", "threshold": "0.80", "bounds": ["low": "0.54", "high": "0.69"]]],
            ],
        ],
    ]

    /// The sample with that policy.
    static var withPolicy: SampleBundle {
        var sample = SampleBundle()
        sample.evidence = sample.evidence.setting(["policy"], to: policy).setting(["declaration", "facts", "intendedRelease"], to: "open-weights")
            .setting(["suites", "0", "threshold"], to: "0.80").setting(["suites", "0", "decision"], to: "below")
        return sample
    }

    static func suite(
        _ task: String, n: Int64, _ successes: Int64, _ rate: String, _ interval: (String, String), _ threshold: String,
        _ direction: String, _ decision: String, _ judgeError: String?
    ) -> JSONValue {
        // 90 of 100 and 98 of 100 labelled responses; (0.05 - 0.02) / (0.9 - 0.02), with the interval from Runbooks/statistics.md.
        let corrected: JSONValue = judgeError == nil ? .null : [
            "interval": ["high": "0.1346", "low": "0.0000"], "rate": "0.0341", "sensitivity": ["n": 100, "successes": 90],
            "specificity": ["n": 100, "successes": 98],
        ]
        return [
            "confidence": "0.95", "corrected": corrected, "decision": .string(decision), "direction": .string(direction), "failures": 0,
            "interval": ["high": .string(interval.1), "low": .string(interval.0)], "items": SHA256Digest.of([9]).digestSet,
            "itemsNeeded": nil, "judgeError": judgeError.map { .string($0) } ?? .null, "metric": "rate", "n": .integer(n),
            "pack": nil, "rate": .string(rate), "reason": nil, "samples": SHA256Digest.of([10]).digestSet, "successes": .integer(successes),
            "task": .string(task), "taskFile": SHA256Digest.of([11]).digestSet, "threshold": .string(threshold),
            "version": "1.0",
        ]
    }
}

extension JSONValue {
    /// The value with another at `path`, nil to remove it; a number in the path is an array's index.
    func setting(_ path: [String], to new: JSONValue?) -> JSONValue {
        guard let name = path.first else { return new ?? .null }
        let rest = Array(path.dropFirst())
        if case .array(var elements) = self, let index = Int(name) {
            elements[index] = elements[index].setting(rest, to: new)
            return .array(elements)
        }
        var object = self.object ?? [:]
        object[name] = rest.isEmpty ? new : (object[name] ?? [:]).setting(rest, to: new)
        return .object(object)
    }
}
