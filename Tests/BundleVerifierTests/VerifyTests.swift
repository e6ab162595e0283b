import AuditCrypto
import AuditSigning
import BundleVerifier
import CanonicalEncoding
import Foundation
import MerkleLog
import Testing
import VerdictBundle

@Suite struct VerifyTests {
    @Test func soundBundle() throws {
        let report = try SampleBundle().check(weights: [("mine.gguf", .of(SampleBundle.weights))])
        #expect(report.passed)
        #expect(report.subjects.map(\.name) == ["model.gguf", "data.jsonl"])
        #expect(report.weights.map(\.name) == ["model.gguf"])
        #expect(report.entry.sequence == 300)
        #expect(report.checkpoint.size == 304)
        #expect(report.evidence.person == "bob")
        #expect(report.signer == SSHPublicKey(SampleBundle.key(3).publicKey))
        #expect(report.timeVerified.rfc3339 == "2026-01-31T12:01:40Z")
    }

    /// A verdict may be harder than the suites, and a failed one verifies as well as a passed one.
    @Test(arguments: ["fail", "inconclusive"]) func harderVerdicts(verdict: String) throws {
        var sample = SampleBundle()
        sample.evidence = sample.evidence.setting(["adjudication", "verdict"], to: .string(verdict))
        #expect(try sample.check().passed == false)
    }

    /// The verdict's entry as the first, the last and the only one, and where trees have odd shapes.
    @Test(arguments: [(41, 0), (41, 1), (255, 0), (256, 0), (255, 257), (63, 64)])
    func placesInTheLedger(before: Int, after: Int) throws {
        var sample = SampleBundle()
        (sample.entriesBefore, sample.entriesAfter) = (before, after)
        #expect(try sample.check().checkpoint.size == Int64(before + after + 1))
    }

    @Test func clock() throws {
        let sample = SampleBundle()
        #expect(try sample.check(time: sample.entryTime - clockTolerance).passed)
        expect(.future) { try sample.check(time: sample.entryTime - clockTolerance - 1) }
        expect(.future) { try sample.check(time: 0) }
    }

    @Test func otherWeights() throws {
        let weights: [(String, SHA256Digest)] = [("a", .of(SampleBundle.weights)), ("b", .of([0]))]
        expect(.weights) { try SampleBundle().check(weights: weights) }
    }

    // MARK: Changes before signing

    @Test(arguments: [
        (["suites", "0", "rate"], "0.9", .evidence), (["suites", "0", "successes"], 180, .evidence),
        (["suites", "0", "decision"], "below", .evidence), (["suites", "0", "threshold"], "0.60", .evidence),
        (["suites", "1", "decision"], "above", .evidence), (["suites", "0", "n"], 0, .evidence), (["suites", "0", "failures"], 1, .evidence),
        (["suites", "0", "rate"], 1, .evidence), (["suites", "0", "extra"], 1, .evidence), (["extra"], 1, .evidence),
        (["time", "unix"], 1_769_860_801, .evidence), (["suites"], [], .result),
        (["suites", "1", "direction"], "above", .result), (["ledger"], "assay.local/ledger/other", .origin),
        (["ingest", "index"], 40, .order), (["ingest", "index"], 5, .order), (["plan", "entry", "index"], 40, .order),
        (["engine", "entry", "index"], 300, .order), (["inspections", "last"], 300, .order),
        (["inspections", "first"], 1, .order), (["adjudication", "person"], "alice", .person),
        (["submission", "labKey"], .string(SHA256Digest.of([0]).hex), .labKey),
    ] as [([String], JSONValue, VerificationFailure.Kind)])
    func evidence(path: [String], value: JSONValue, kind: VerificationFailure.Kind) {
        var sample = SampleBundle()
        sample.evidence = sample.evidence.setting(path, to: value)
        expect(kind) { try sample.check() }
    }

    /// A policy's decisions follow from the bounds beside them and from the suites; the verdict is no better than it allows.
    @Test func policies() throws {
        // "Above" is required of the suite, and it is below: it is there for the policy, so that is no failure.
        #expect(try SampleBundle.withPolicy.check().evidence.policy?.outcome == .pass)
        let domain = ["policy", "domains", "0"]
        let changes: [([String], JSONValue, VerificationFailure.Kind)] = [
            (domain + ["decision"], "above", .evidence), (domain + ["decision"], "inconclusive", .evidence),
            (domain + ["decision"], "not-evaluated", .evidence), (domain + ["elicitations", "0", "bounds", "high"], "0.85", .evidence),
            (domain + ["elicitations", "0", "bounds"], nil, .evidence), (domain + ["elicitations", "0", "threshold"], "0.90", .evidence),
            (domain + ["elicitations", "0", "suite"], "another", .evidence), (domain + ["extra"], 1, .evidence),
            (["policy", "tier"], "staged", .evidence), (["policy", "release", "declared"], "gated", .evidence),
            (["declaration", "facts", "intendedRelease"], "gated", .evidence), (["policy"], nil, .result),
        ]
        for (path, value, kind) in changes {
            var sample = SampleBundle.withPolicy
            sample.evidence = sample.evidence.setting(path, to: value)
            expect(kind, "\(path)") { try sample.check() }
        }
        // Over the threshold: a pass is too good for a release that the policy wants staged.
        var crossed = SampleBundle.withPolicy
        for path in [["suites", "0", "threshold"], domain + ["elicitations", "0", "threshold"]] { crossed.evidence = crossed.evidence.setting(path, to: "0.40") }
        for path in [["suites", "0", "decision"], domain + ["decision"]] { crossed.evidence = crossed.evidence.setting(path, to: "above") }
        crossed.evidence = crossed.evidence.setting(["policy", "tier"], to: "staged")
        expect(.result) { try crossed.check() }
        crossed.evidence = crossed.evidence.setting(["adjudication", "verdict"], to: "fail")
        #expect(try !crossed.check().passed)
    }

    @Test(arguments: [
        (["verificationResult"], "FAILED", .result), (["verificationResult"], nil, .result),
        (["verifiedLevels"], ["SLSA_BUILD_LEVEL_3"], .result), (["verifiedLevels", "0"], "FAILED", .result),
        (["inputAttestations", "0", "digest", "sha256"], .string(SHA256Digest.of([]).hex), .inputAttestation),
        (["inputAttestations"], [], .inputAttestation), (["inputAttestations", "1", "uri"], "urn:other", .inputAttestation),
        (["verifier", "id"], "urn:assay:appliance:00", .summary), (["policy", "uri"], "urn:other", .summary),
        (["policy", "digest", "sha256"], .string(SHA256Digest.of([]).hex), .summary), (["slsaVersion"], "1.1", .summary),
        (["resourceUri"], "urn:assay:submission:other", .summary), (["timeVerified"], "yesterday", .summary),
        (["timeVerified"], nil, .summary), (["dependencyLevels"], [:], .summary),
        (["timeVerified"], "2026-01-31T11:59:59Z", .order), (["timeVerified"], "2026-01-31T12:03:21Z", .order),
    ] as [([String], JSONValue?, VerificationFailure.Kind)])
    func summary(path: [String], value: JSONValue?, kind: VerificationFailure.Kind) {
        var sample = SampleBundle()
        sample.editSummaryStatement = { $0.setting(["predicate"] + path, to: value) }
        expect(kind) { try sample.check() }
    }

    @Test(arguments: [
        (["_type"], "https://in-toto.io/Statement/v0.1", .statement), (["predicateType"], "urn:assay:evidence:v1", .statement),
        (["subject"], [], .statement), (["more"], 1, .statement), (["more"], .number(0.5), .statement),
        (["subject", "0", "name"], "other.gguf", .subjects),
        (["subject", "0", "digest", "sha256"], .string(SHA256Digest.of([]).hex), .subjects),
    ] as [([String], JSONValue, VerificationFailure.Kind)])
    func statements(path: [String], value: JSONValue, kind: VerificationFailure.Kind) {
        var sample = SampleBundle()
        sample.editSummaryStatement = { $0.setting(path, to: value) }
        expect(kind) { try sample.check() }
    }

    @Test func evidenceStatement() {
        var sample = SampleBundle()
        sample.editEvidenceStatement = { $0.setting(["predicateType"], to: "urn:other") }
        expect(.statement) { try sample.check() }
        sample.editEvidenceStatement = { $0.setting(["subject", "1"], to: ["digest": SHA256Digest.of([0]).digestSet, "name": "x"]) }
        // The request and summary follow, so only the subjects differ.
        expect(.subjects) { try sample.check() }
    }

    /// Envelopes in another order, number or spelling, or signed by other keys or more than one.
    @Test func lines() throws {
        typealias Edit = ([UInt8]) -> [UInt8]
        func each(_ change: @escaping (String) -> String) -> Edit {
            { bytes in
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                return Array(lines.map { change(String($0)) + "\n" }.joined().utf8)
            }
        }
        let reordered: Edit = { bytes in Array(bytes.split(separator: 10).reversed().joined(separator: [10])) + [10] }
        let edits: [(Edit, VerificationFailure.Kind)] = [
            (reordered, .statement), ({ $0 + $0 }, .envelope), ({ $0.dropLast() }, .envelope), ({ $0 + [10] }, .envelope),
            ({ Array($0.prefix { $0 != 10 }) + [10] }, .envelope), ({ _ in [10, 10] }, .envelope),
            (each { $0.replacingOccurrences(of: ",", with: ", ") }, .envelope),
            (each { $0.replacingOccurrences(of: "\"sig\":\"", with: "\"sig\":\"AAAA") }, .envelopeSignature),
            (each { $0.replacingOccurrences(of: "in-toto+json", with: "in-toto+jsox") }, .envelope),
            (each { $0.replacingOccurrences(of: "{\"keyid\"", with: "{},{\"keyid\"") }, .envelope),
            (each { $0.replacingOccurrences(of: "signatures", with: "signature") }, .envelope),
            (each { $0.replacingOccurrences(of: "[{", with: "[") }, .envelope),
        ]
        for (number, (edit, kind)) in edits.enumerated() {
            var sample = SampleBundle()
            sample.editLines = edit
            expect(kind, "edit \(number)") { try sample.check() }
        }
        var sample = SampleBundle()
        sample.verdictKey = SampleBundle.key(9)
        expect(.envelopeSignature) { try sample.check() }
        // A second signature, even by a stranger, says something that nobody here can judge.
        sample = SampleBundle()
        sample.editLines = { lines in
            lines.split(separator: 10).flatMap { line -> [UInt8] in
                guard let envelope = try? DSSEEnvelope(json: Array(line)) else { return [] }
                return DSSEEnvelope.sign(
                    payload: envelope.payload, payloadType: envelope.payloadType,
                    with: [SampleBundle.key(1), SampleBundle.key(9)]
                ).encoded() + [10]
            }
        }
        expect(.envelope) { try sample.check() }
    }

    @Test(arguments: [
        (["action"], "export", .request), (["v"], 2, .request), (["more"], 1, .request), (["nonce"], nil, .request),
        (["checkpoint", "size"], "1", .request), (["checkpoint"], nil, .request), (["purpose"], .number(0.5), .request),
        (["scope", "verdict"], "fail", .requestScope), (["scope", "submission"], "other", .requestScope),
        (["scope", "evidence"], .string(SHA256Digest.of([]).hex), .requestScope), (["scope", "more"], 1, .requestScope),
        (["scope"], nil, .requestScope), (["person"], "alice", .person), (["checkpoint", "origin"], "elsewhere", .origin),
        (["checkpoint", "size"], 301, .order),
    ] as [([String], JSONValue?, VerificationFailure.Kind)])
    func request(path: [String], value: JSONValue?, kind: VerificationFailure.Kind) {
        var sample = SampleBundle()
        sample.editRequest = { $0.setting(path, to: value) }
        expect(kind) { try sample.check() }
    }

    @Test func signers() {
        var sample = SampleBundle()
        sample.adjudicatorKey = SampleBundle.key(9)
        expect(.signer) { try sample.check() }
        // carol may sign files, not requests.
        sample.adjudicatorKey = SampleBundle.key(6)
        expect(.signer) { try sample.check() }
        // alice may sign requests, but not as bob.
        sample.adjudicatorKey = SampleBundle.key(5)
        expect(.person) { try sample.check() }
        sample = SampleBundle()
        sample.namespace = "file"
        expect(.requestSignature) { try sample.check() }
        sample = SampleBundle()
        sample.signRequest = { _ in "none" }
        expect(.requestSignature) { try sample.check() }
        sample.signRequest = { request in
            SSHSignature(signing: request + [32], namespace: "assay-request@v1", with: SampleBundle.key(3)).armored
        }
        expect(.requestSignature) { try sample.check() }
    }

    @Test(arguments: [
        (["action"], "export", .entry), (["v"], 2, .entry), (["more"], 1, .entry), (["time"], "now", .entry),
        (["previous"], "00", .entry), (["details"], .number(0.5), .entry), (["actor"], "alice", .person),
        (["subjects"], [], .entrySubject), (["subjects", "0", "name"], "verdict", .entrySubject),
        (["subjects", "0", "sha256"], .string(SHA256Digest.of([]).hex), .entrySubject),
        (["subjects", "1", "name"], "verdict.intoto.jsonl", .entrySubject), (["request"], nil, .requestDigest),
        (["request", "sha256"], .string(SHA256Digest.of([]).hex), .requestDigest), (["sequence"], 299, .index),
        (["time"], 1_769_860_899, .order),
    ] as [([String], JSONValue?, VerificationFailure.Kind)])
    func entry(path: [String], value: JSONValue?, kind: VerificationFailure.Kind) {
        var sample = SampleBundle()
        sample.editEntry = { $0.setting(path, to: value) }
        expect(kind) { try sample.check() }
    }

    @Test func checkpoints() {
        var sample = SampleBundle()
        sample.ledgerKey = SampleBundle.key(9)
        expect(.checkpointSignature) { try sample.check() }
        sample = SampleBundle()
        sample.editCheckpoint = { Checkpoint(origin: "assay.local/other", size: $0.size, rootHash: $0.rootHash) }
        expect(.origin) { try sample.check() }
        sample.editCheckpoint = { Checkpoint(origin: $0.origin, size: $0.size, rootHash: .of([])) }
        expect(.inclusion) { try sample.check() }
        sample.editCheckpoint = { Checkpoint(origin: $0.origin, size: 300, rootHash: $0.rootHash) }
        expect(.inclusion) { try sample.check() }
        sample.editCheckpoint = { Checkpoint(origin: $0.origin, size: $0.size + 1, rootHash: $0.rootHash) }
        expect(.inclusion) { try sample.check() }
    }

    @Test func proofs() {
        let edits: [((TLogProof) -> TLogProof, VerificationFailure.Kind)] = [
            ({ TLogProof(index: $0.index + 1, hashes: $0.hashes, checkpoint: $0.checkpoint) }, .index),
            ({ TLogProof(index: $0.index, hashes: $0.hashes.reversed(), checkpoint: $0.checkpoint) }, .inclusion),
            ({ TLogProof(index: $0.index, hashes: $0.hashes.dropLast(), checkpoint: $0.checkpoint) }, .inclusion),
            ({ TLogProof(index: $0.index, hashes: $0.hashes + [.of([])], checkpoint: $0.checkpoint) }, .inclusion),
            ({ TLogProof(index: $0.index, hashes: [], checkpoint: $0.checkpoint) }, .inclusion),
            ({ TLogProof(index: $0.index, hashes: $0.hashes, checkpoint: $0.checkpoint, extra: [1]) }, .proof),
            ({ TLogProof(index: $0.index, hashes: $0.hashes, checkpoint: $0.checkpoint + "x\n") }, .checkpointMismatch),
        ]
        for (number, (edit, kind)) in edits.enumerated() {
            var sample = SampleBundle()
            sample.editProof = edit
            expect(kind, "edit \(number)") { try sample.check() }
        }
    }

    /// A member from another, equally sound bundle.
    @Test(arguments: [
        (.verdict, .entrySubject), (.entry, .entrySubject), (.request, .requestDigest), (.proof, .checkpointMismatch),
        (.checkpoint, .checkpointMismatch),
    ] as [(BundleContainer.Member, VerificationFailure.Kind)])
    func mixed(member: BundleContainer.Member, kind: VerificationFailure.Kind) throws {
        var other = SampleBundle()
        other.evidence = other.evidence.setting(["adjudication", "verdict"], to: "fail")
        let files = try other.ledger().files
        var sample = SampleBundle()
        sample.editFiles = { $0[member] = files[member] }
        expect(kind) { try sample.check() }
    }

    @Test func wrongTrust() throws {
        let sample = SampleBundle()
        let bundle = try sample.archive()
        let files = Dictionary(uniqueKeysWithValues: try sample.trustFiles.map { ($0.name, $0.bytes) })
        let other = SampleBundle.key(9).publicKey
        let replacements: [(String, [UInt8], VerificationFailure.Kind)] = [
            ("appliance.pub.pem", Array(other.pem.utf8), .envelopeSignature), ("lab.pub.pem", Array(other.pem.utf8), .labKey),
            ("ledger.vkey", Array(try NoteVerifierKey(name: SampleBundle.origin, publicKey: other).text.utf8), .checkpointSignature),
            ("ledger.vkey", Array(try NoteVerifierKey(name: "else", publicKey: SampleBundle.key(2).publicKey).text.utf8), .checkpointSignature),
            ("allowed_signers", [], .signer), ("allowed_signers", Array("bob \(SSHPublicKey(other).openSSH)\n".utf8), .signer),
            ("allowed_signers", Array("dora \(SSHPublicKey(SampleBundle.key(3).publicKey).openSSH)\n".utf8), .person),
            ("allowed_signers", Array("* \(SSHPublicKey(SampleBundle.key(3).publicKey).openSSH)\n".utf8), .trust),
            ("appliance.pub.pem", [0xFF], .trust), ("lab.pub.pem", [], .trust), ("ledger.vkey", Array("key".utf8), .trust),
        ]
        for (name, bytes, kind) in replacements {
            var files = files
            files[name] = bytes
            expect(kind, "\(name)") {
                let trust = try TrustAnchors(
                    ledger: files["ledger.vkey"] ?? [], verdictKey: files["appliance.pub.pem"] ?? [],
                    labKey: files["lab.pub.pem"] ?? [], allowedSigners: files["allowed_signers"] ?? [])
                return try verify(bundle: bundle, trust: trust, time: SampleBundle.now)
            }
        }
    }

    // MARK: Witnesses

    @Test func witnesses() throws {
        let cosigners = try [11, 12, 13].map { try Cosigner(name: "witness.example/\($0)", key: SampleBundle.key($0)) }
        var sample = SampleBundle()
        sample.editNote = { note in
            let text = try SignedNote(note: note).text
            return note + cosigners[0].line(text: text, time: 1_769_861_100) + cosigners[1].line(text: text, time: 1_769_861_200)
        }
        let bundle = try sample.archive()
        func check(_ witnesses: [Int], quorum: Int, _ bundle: [UInt8] = bundle) throws -> [Int64] {
            var trust = try sample.trust()
            (trust.witnesses, trust.quorum) = (witnesses.map { cosigners[$0].verifierKey }, quorum)
            return try verify(bundle: bundle, trust: trust, time: SampleBundle.now).cosignatures.map(\.time)
        }
        #expect(try check([], quorum: 0) == [])
        #expect(try check([2, 1, 0], quorum: 2) == [1_769_861_200, 1_769_861_100])
        #expect(try check([2], quorum: 0) == [])
        expect(.cosignatures) { try check([0, 1, 2], quorum: 3) }
        expect(.cosignatures) { try check([2], quorum: 1) }
        expect(.cosignatures) { try check([0], quorum: 1, SampleBundle().archive()) }
        // A known witness's line that does not fit refuses the note, also where nobody demanded it; a stranger's does not.
        sample.editNote = { $0 + cosigners[0].line(text: "another text\n", time: 1_769_861_100) }
        let forged = try sample.archive()
        expect(.cosignatures) { try check([0], quorum: 0, forged) }
        #expect(try check([1], quorum: 0, forged) == [])
        // A cosignature is none of the ledger's own signatures, whoever holds its key.
        sample.editNote = { note in
            let text = try SignedNote(note: note).text
            return text + "\n" + (try Cosigner(name: SampleBundle.origin, key: sample.ledgerKey).line(text: text, time: 1))
        }
        let unsigned = try sample.archive()
        expect(.checkpointSignature) { try check([], quorum: 0, unsigned) }
    }

    @Test func witnessesInTheTrustFolder() throws {
        let key = try CosignerKey(name: "witness.example/1", publicKey: SampleBundle.key(11).publicKey)
        let twice = try CosignerKey(name: "witness.example/2", publicKey: SampleBundle.key(11).publicKey)
        let files = Dictionary(uniqueKeysWithValues: try SampleBundle().trustFiles.map { ($0.name, $0.bytes) })
        func trust(_ witnesses: String) throws -> TrustAnchors {
            try TrustAnchors(
                ledger: files["ledger.vkey"] ?? [], verdictKey: files["appliance.pub.pem"] ?? [],
                labKey: files["lab.pub.pem"] ?? [], allowedSigners: files["allowed_signers"] ?? [], witnesses: Array(witnesses.utf8))
        }
        #expect(try trust(key.text + "\n").witnesses == [key])
        #expect(try trust("").witnesses == [])
        let ledger = try NoteVerifierKey(name: "witness.example/1", publicKey: SampleBundle.key(11).publicKey)
        for wrong in ["key", key.text + "\n" + twice.text, ledger.text] { expect(.trust) { try trust(wrong) } }
    }

    // MARK: Changes after signing

    /// Every byte of a bundle counts: no single changed one verifies, and each is refused without a crash.
    @Test(arguments: [0x01, 0x20, 0x80] as [UInt8]) func everyByte(mask: UInt8) throws {
        let sample = SampleBundle()
        let (bundle, trust) = (try sample.archive(), try sample.trust())
        var kinds: Set<VerificationFailure.Kind> = []
        for position in bundle.indices {
            var changed = bundle
            changed[position] ^= mask
            do throws(VerificationFailure) {
                _ = try verify(bundle: changed, trust: trust, time: SampleBundle.now)
                Issue.record("byte \(position) ^ \(mask) was not noticed")
            } catch {
                kinds.insert(error.kind)
            }
        }
        #expect(kinds.isSuperset(of: [.container, .envelope, .entry, .requestDigest, .proof]))
    }

    @Test func everyTruncationAndSomeTrailing() throws {
        let sample = SampleBundle()
        let (bundle, trust) = (try sample.archive(), try sample.trust())
        for length in bundle.indices {
            expect(.container) { try verify(bundle: Array(bundle[..<length]), trust: trust, time: SampleBundle.now) }
        }
        for tail in [[0], [UInt8](repeating: 0, count: 512), bundle] {
            expect(.container) { try verify(bundle: bundle + tail, trust: trust, time: SampleBundle.now) }
        }
    }

    // MARK: Statuses

    /// The exit statuses are a promise: none changes, none is used twice, none is a shell's or sysexits' own.
    @Test func statuses() {
        let statuses = VerificationFailure.Kind.allCases.map(\.rawValue)
        #expect(statuses == Array(10...19) + Array(20...27) + Array(30...38) + Array(40...43))
        #expect(Set(VerificationFailure.Kind.allCases.map(\.meaning)).count == statuses.count)
    }

    /// Each kind of failure is shown by a test above, so none is an empty promise.
    private func expect<Value>(
        _ kind: VerificationFailure.Kind, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Value
    ) {
        let failure = #expect(throws: VerificationFailure.self, comment, sourceLocation: sourceLocation) { try body() }
        #expect(failure?.kind == kind, comment, sourceLocation: sourceLocation)
    }
}
