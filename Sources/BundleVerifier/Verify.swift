import AuditCrypto
import CanonicalEncoding
import MerkleLog
import VerdictBundle

/// How far ahead of the verifier's clock an appliance's may be, in seconds: a day, as neither sees a time
/// server.
package let clockTolerance: Int64 = 86_400

/// Verifies a bundle: pure, so no clock, no files and no network. The steps are those of
/// Runbooks/verdict-bundle-format.md, where each is also done with standard tools:
///
/// 1. The archive holds the five files and nothing else.
/// 2. Both lines of `verdict.intoto.jsonl` are DSSE envelopes signed by the verdict key.
/// 3. They are a summary and evidence, in-toto statements about the same subjects.
/// 4. The evidence's figures agree with each other, and its policy's decisions with them; its verdict is no better than they allow.
/// 5. The summary is the one that follows from this evidence.
/// 6. The ledger entry records a verdict and names these lines.
/// 7. The request that it names is for this verdict on this evidence.
/// 8. An allowed signer, the person named everywhere, signed that request.
/// 9. The entry is in the ledger under a checkpoint that the ledger's key signed and as many witnesses as demanded.
/// 10. Entries and times are in a possible order, and not in the future.
/// 11. The lab's key, and the given weights, are those audited.
///
/// - Parameters:
///   - time: now, in seconds since 1970-01-01 UTC.
///   - weights: names and SHA-256 digests of files that the caller holds.
/// - Throws: the first failure in the order of the steps.
package func verify(
    bundle: [UInt8], trust: TrustAnchors, time: Int64, weights: [(name: String, digest: SHA256Digest)] = []
) throws(VerificationFailure) -> VerificationReport {
    // 1
    let files = try failing(.container, "the archive") { try BundleContainer(archive: bundle) }
    // 2, 3
    let lines = files[.verdict].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    try require(lines.count == 3 && lines[2].isEmpty, .envelope, "two lines were expected, each with a newline")
    let summary = try statement(line: Array(lines[0]), VerificationSummary.predicateType, trust)
    let signed = try statement(line: Array(lines[1]), Evidence.predicateType, trust)
    try require(summary.statement.subjects == signed.statement.subjects, .subjects, "names or digests differ")
    // 4, 5
    let evidence = try failing(.evidence, "line 2") { try Evidence(json: signed.statement.predicate) }
    try checkFigures(evidence)
    let evidenceDigest = SHA256Digest.of(signed.payload)
    let timeVerified = try checkSummary(summary.statement.predicate, of: evidence, evidenceDigest, trust)
    // 6
    let entry = try failing(.entry, "entry.json") { try LedgerEntry(encoded: files[.entry]) }
    try require(isSame(entry.action, "verdict"), .entry, "its action is not \"verdict\"")
    let linesDigest = SHA256Digest.of(files[.verdict])
    let named = entry.subjects.filter { isSame($0.name, BundleContainer.Member.verdict.rawValue) }
    try require(
        named.map(\.sha256) == [linesDigest], .entrySubject,
        "the lines' SHA-256 is \(linesDigest.hex), and the entry must name that once")
    // 7, 8
    let request = try checkRequest(files[.request], entry: entry, evidence: evidence, evidenceDigest)
    let signer = try checkSigner(files[.request], person: request.person, entry: entry, evidence: evidence, trust)
    // 9, 10
    let (checkpoint, cosignatures) = try checkInclusion(files, entry: entry, trust)
    for (what, origin) in [("evidence", evidence.ledger), ("request", request.origin)] {
        try require(isSame(origin, trust.origin), .origin, "the \(what) names \(origin)")
    }
    try checkOrder(evidence, timeVerified: timeVerified, entry: entry, requestSize: request.size, now: time)
    // 11
    try require(
        evidence.labKey.hex == trust.labKey.keyID, .labKey,
        "sealed by \(evidence.labKey.hex), trusted is \(trust.labKey.keyID)")
    var matched: [Subject] = []
    for file in weights {
        guard let subject = summary.statement.subjects.first(where: { $0.digest == file.digest }) else {
            throw VerificationFailure(.weights, "\(file.name) has the SHA-256 \(file.digest.hex)")
        }
        matched.append(subject)
    }
    return VerificationReport(
        subjects: summary.statement.subjects, evidence: evidence, evidenceDigest: evidenceDigest,
        timeVerified: timeVerified, entry: entry, checkpoint: checkpoint, cosignatures: cosignatures,
        quorum: trust.quorum, signer: signer, weights: matched)
}

// MARK: The signed lines (steps 2 to 5)

private func statement(
    line: [UInt8], _ predicateType: String, _ trust: TrustAnchors
) throws(VerificationFailure) -> (statement: Statement, payload: [UInt8]) {
    let envelope = try failing(.envelope, predicateType) { try DSSEEnvelope(json: line) }
    // One spelling only, and no signature that nobody here can judge.
    try require(
        envelope.encoded() == line && envelope.signatures.count == 1
            && isSame(envelope.payloadType, Statement.payloadType), .envelope,
        "\(predicateType): canonical JSON with one signature, of type \(Statement.payloadType), was expected")
    let payload = try failing(.envelopeSignature, predicateType) {
        try envelope.verified(by: [trust.verdictKey]).payload
    }
    let statement = try failing(.statement, predicateType) {
        try Statement(json: JSONField(try CanonicalJSON.parse(payload)))
    }
    try require(
        statement.predicateType == predicateType, .statement,
        "\(predicateType) was expected in this line, not \(statement.predicateType)")
    return (statement, payload)
}

private func checkFigures(_ evidence: Evidence) throws(VerificationFailure) {
    for suite in evidence.suites {
        if let contradiction = suite.contradiction {
            throw VerificationFailure(.evidence, "\(suite.task): \(contradiction)")
        }
    }
    if let policy = evidence.policy {
        if let contradiction = policy.contradiction(with: evidence.suites) { throw VerificationFailure(.evidence, "policy: \(contradiction)") }
        try require(
            evidence.declaredFacts.contains { $0.name == "intendedRelease" && isSame($0.value, policy.declaredRelease) }, .evidence,
            "policy: the declared release is not \(policy.declaredRelease)")
    }
    try require(
        evidence.verdict <= evidence.suitesOutcome, .result,
        "the verdict is \(evidence.verdict.rawValue), suites and policy allow \(evidence.suitesOutcome.rawValue) at best")
}

private func checkSummary(
    _ predicate: JSONField, of evidence: Evidence, _ digest: SHA256Digest, _ trust: TrustAnchors
) throws(VerificationFailure) -> Timestamp {
    let time = try failing(.summary, "line 1") { try predicate.timestamp("timeVerified") }
    let expected = VerificationSummary.predicate(of: evidence, digest: digest, by: trust.verdictKey, at: time)
    // The two fields that other programs act on first, so that each has its own failure.
    for (name, kind) in [
        ("verificationResult", VerificationFailure.Kind.result), ("verifiedLevels", .result),
        ("inputAttestations", .inputAttestation),
    ] {
        try require(
            canonical(predicate.value[name]) == canonical(expected[name]), kind, "\(name) in line 1")
    }
    let names = expected.object?.keys ?? []
    try failing(.summary, "line 1") { try predicate.allow(only: names) }
    for name in names {
        try require(canonical(predicate.value[name]) == canonical(expected[name]), .summary, "\(name) in line 1")
    }
    return time
}

// MARK: The person's request (steps 7 and 8)

private func checkRequest(
    _ bytes: [UInt8], entry: LedgerEntry, evidence: Evidence, _ evidenceDigest: SHA256Digest
) throws(VerificationFailure) -> (person: String, origin: String, size: Int64) {
    try require(
        entry.request?.sha256 == SHA256Digest.of(bytes), .requestDigest,
        "request.json has the SHA-256 \(SHA256Digest.of(bytes).hex)")
    let (request, person, origin, size) = try failing(.request, "request.json") {
        let request = JSONField(try CanonicalJSON.parse(bytes))
        try request.allow(only: ["action", "checkpoint", "nonce", "person", "purpose", "scope", "v"])
        _ = try request.field("v").integer(in: 1...1)
        _ = try request.token("nonce")
        let checkpoint = try request.object("checkpoint", ["origin", "root", "size"])
        return (
            request, try request.token("person"), try checkpoint.token("origin"),
            try checkpoint.field("size").integer()
        )
    }
    let action = try failing(.request, "request.json") { try request.token("action") }
    try require(action == "verdict", .request, "its action is \(action)")
    let scope: JSONValue = [
        "evidence": .string(evidenceDigest.hex), "submission": .string(evidence.submission),
        "verdict": .string(evidence.verdict.rawValue),
    ]
    try require(
        canonical(request.value["scope"]) == canonical(scope), .requestScope,
        "evidence \(evidenceDigest.hex), submission \(evidence.submission) and verdict "
            + "\(evidence.verdict.rawValue) were expected, and nothing else")
    return (person, origin, size)
}

private func checkSigner(
    _ request: [UInt8], person: String, entry: LedgerEntry, evidence: Evidence, _ trust: TrustAnchors
) throws(VerificationFailure) -> SSHPublicKey {
    let namespace = "assay-request@v1"
    let key = try failing(.requestSignature, "entry.json") {
        let signature = try SSHSignature(armored: entry.request?.sshsig ?? "")
        try signature.verify(message: request, namespace: namespace, publicKey: signature.publicKey)
        return signature.publicKey
    }
    let principals = trust.allowedSigners.principals(for: key, namespace: namespace)
    try require(!principals.isEmpty, .signer, "\(key.fingerprint), for \(namespace)")
    try require(
        principals.contains { isSame($0, person) } && isSame(entry.actor, person)
            && isSame(evidence.person, person), .person,
        "request \(person), entry \(entry.actor), evidence \(evidence.person), signer \(principals)")
    return key
}

// MARK: The ledger (steps 9 and 10)

private func checkInclusion(
    _ files: BundleContainer, entry: LedgerEntry, _ trust: TrustAnchors
) throws(VerificationFailure) -> (Checkpoint, [Cosignature]) {
    let proof = try failing(.proof, "proof.tlog-proof") { try TLogProof(text: text(files[.proof], .proof)) }
    // Extra data is not authenticated, so none is carried.
    try require(proof.extra == nil, .proof, "proof.tlog-proof: an extra line is not allowed")
    try require(
        Array(proof.checkpoint.utf8) == files[.checkpoint], .checkpointMismatch,
        "checkpoint is not the note in proof.tlog-proof")
    let note = try failing(.checkpointSignature, "checkpoint") { () throws -> SignedNote in
        let note = try SignedNote(note: proof.checkpoint)
        _ = try note.verified(by: trust.ledger)
        return note
    }
    let checkpoint = try failing(.checkpointSignature, "checkpoint") { try Checkpoint(text: note.text) }
    let cosignatures = try cosignatures(on: note, trust.witnesses, quorum: trust.quorum)
    try require(isSame(checkpoint.origin, trust.origin), .origin, "the checkpoint is of \(checkpoint.origin)")
    try require(
        proof.index == entry.sequence, .index, "entry \(entry.sequence), proof of \(proof.index)")
    try failing(.inclusion, "entry \(entry.sequence)") {
        try InclusionProof(index: proof.index, size: checkpoint.size, hashes: proof.hashes)
            .verify(leafHash: TreeHasher.standard.leaf(files[.entry]), root: checkpoint.rootHash)
    }
    return (checkpoint, cosignatures)
}

/// The witnesses that cosigned a note. Throws `cosignatures` where they are fewer than `quorum`, or one does not fit.
package func cosignatures(
    on note: SignedNote, _ witnesses: [CosignerKey], quorum: Int
) throws(VerificationFailure) -> [Cosignature] {
    let found = try failing(.cosignatures, "checkpoint") { try note.cosignatures(by: witnesses) }
    try require(found.count >= quorum, .cosignatures, "cosigned by \(found.count) of the \(witnesses.count) known, demanded are \(quorum)")
    return found
}

private func checkOrder(
    _ evidence: Evidence, timeVerified: Timestamp, entry: LedgerEntry, requestSize: Int64, now: Int64
) throws(VerificationFailure) {
    let entries = [
        ("ingest", evidence.ingest.index, "results", evidence.resultsEntry.index),
        ("plan", evidence.planEntry.index, "results", evidence.resultsEntry.index),
        ("ingest", evidence.ingest.index, "first inspection", evidence.inspectionEntries?.lowerBound ?? Int64.max),
        ("results", evidence.resultsEntry.index, "verdict", entry.sequence),
        ("last inspection", evidence.inspectionEntries?.upperBound ?? -1, "verdict", entry.sequence),
        // What the person saw of the ledger when signing ended before this entry.
        ("request's checkpoint", requestSize - 1, "verdict", entry.sequence),
    ]
    for (earlier, one, later, other) in entries {
        try require(one < other, .order, "the \(earlier) is entry \(one), the \(later) entry \(other)")
    }
    let times = [evidence.time.unixSeconds, timeVerified.unixSeconds, entry.time]
    try require(
        times == times.sorted(), .order, "evidence, summary and entry are of \(times), in seconds since 1970")
    try require(
        entry.time - clockTolerance <= now, .future,
        "recorded at \(entry.time), more than a day after \(now), in seconds since 1970; check the clock here")
}

/// Equality of names from outside, by bytes.
private func isSame(_ one: String, _ other: String) -> Bool { ExactString(one) == ExactString(other) }

/// The canonical bytes; nil for nothing and for what has none.
private func canonical(_ value: JSONValue?) -> [UInt8]? { value.flatMap { try? CanonicalJSON.encode($0) } }
