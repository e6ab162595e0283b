import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// What an appliance signs when it has taken in a submission, and when it has destroyed one: an in-toto Statement v1 whose
/// subjects are the plaintext files, for the lab to keep.
package struct SubmissionReceipt: Hashable, Sendable {
    /// What became of the submission; the statement's predicate type.
    package enum Event: String, Hashable, Sendable, CaseIterable {
        case takenIn = "urn:assay:ingest-receipt:v1"
        /// Its keys were erased, and then what they open.
        case destroyed = "urn:assay:destruction-certificate:v1"
    }

    package struct Subject: Hashable, Sendable {
        package let path: String
        package let digest: SHA256Digest

        package init(path: String, digest: SHA256Digest) {
            self.path = path
            self.digest = digest
        }
    }

    package let event: Event
    package let subjects: [Subject]
    /// The appliance's name.
    package let appliance: String
    /// Lower-case SHA-256 of the lab's signed statement.
    package let submissionID: String
    /// `keyid` of the lab that signed it.
    package let labKeyID: String
    /// The ledger entry that records it.
    package let ledgerSequence: Int64
    /// The ledger's signed checkpoint that covers that entry: kept by the lab, it makes a later rewriting of the
    /// ledger show.
    package let checkpoint: String?
    /// By the appliance's clock, RFC 3339 in UTC.
    package let time: String
    /// What came of the model's own signature, where one was taken in.
    package let modelSignature: ModelSignatureResult.State?

    package init(
        _ event: Event, subjects: [Subject], appliance: String, submissionID: String, labKeyID: String, ledgerSequence: Int64,
        checkpoint: String?, time: String, modelSignature: ModelSignatureResult.State? = nil
    ) {
        self.event = event
        self.subjects = subjects
        self.appliance = appliance
        self.submissionID = submissionID
        self.labKeyID = labKeyID
        self.ledgerSequence = ledgerSequence
        self.checkpoint = checkpoint
        self.time = time
        self.modelSignature = modelSignature
    }

    /// Of a whole submission.
    ///
    /// - Parameters:
    ///   - id: lower-case SHA-256 of the manifest's statement.
    ///   - lab: `keyid` of the lab that signed it.
    package init(
        _ event: Event, _ manifest: SubmissionManifest, id: String, lab: String, appliance: String, ledgerSequence: Int64,
        checkpoint: String?, time: String, modelSignature: ModelSignatureResult.State? = nil
    ) {
        self.init(
            event, subjects: manifest.files.map { Subject(path: $0.path, digest: $0.digest) }, appliance: appliance, submissionID: id,
            labKeyID: lab, ledgerSequence: ledgerSequence, checkpoint: checkpoint, time: time, modelSignature: modelSignature)
    }

    package func signed(by key: Ed25519PrivateKey) throws(MediaError) -> DSSEEnvelope {
        DSSEEnvelope.sign(payload: try statement(), payloadType: SubmissionManifest.payloadType, with: [key])
    }

    /// The statement's bytes (RFC 8785).
    package func statement() throws(MediaError) -> [UInt8] {
        var predicate: JSONObject = [
            "appliance": .string(appliance), "lab": ["keyid": .string(labKeyID)],
            "ledger": ["sequence": .integer(ledgerSequence)], "submission": .string(submissionID),
            "time": .string(time), "v": 1,
        ]
        if let checkpoint { predicate["checkpoint"] = .string(checkpoint) }
        if let modelSignature { predicate["modelSignature"] = .string(modelSignature.rawValue) }
        let statement: JSONValue = [
            "_type": .string(SubmissionManifest.statementType), "predicate": .object(predicate),
            "predicateType": .string(event.rawValue),
            "subject": .array(
                subjects.map { ["digest": ["sha256": .string($0.digest.hex)], "name": .string($0.path)] }),
        ]
        do {
            return try CanonicalJSON.encode(statement)
        } catch {
            throw Self.failure("it cannot be written: \(error)")
        }
    }

    /// Verifies a receipt with the appliance's public keys: the signature, the schema, and where a checkpoint is
    /// enclosed, its signature by the ledger's key.
    package static func verify(_ file: [UInt8], from appliance: ApplianceKeys) throws(MediaError) -> SubmissionReceipt {
        var text = file[...]
        while text.last == UInt8(ascii: "\n") { text = text.dropLast() }
        let payload: [UInt8]
        do {
            let limits = JSONLimits(maxBytes: 4 << 20, maxDepth: 8, maxValues: 64)
            let envelope = try DSSEEnvelope(json: Array(text), limits: limits)
            guard ExactString(envelope.payloadType) == ExactString(SubmissionManifest.payloadType) else {
                throw failure("the envelope does not hold an in-toto statement")
            }
            payload = try envelope.verified(by: [appliance.verdictKey]).payload
        } catch let error as DSSEError {
            throw failure(
                error.code == .malformed ? "it is not a DSSE envelope: \(error.message)"
                    : "it is not signed by the appliance \"\(appliance.name)\": \(error.message)")
        } catch let error as MediaError {
            throw error
        } catch {
            throw failure("\(error)")
        }
        let receipt: SubmissionReceipt
        do {
            let limits = JSONLimits(maxBytes: 4 << 20, maxDepth: 8, maxValues: 100_000)
            receipt = try SubmissionReceipt(JSONField(try StrictJSON.parse(payload, limits: limits)))
        } catch {
            throw failure("the signed statement does not hold: \(error)")
        }
        if let checkpoint = receipt.checkpoint {
            do {
                _ = try SignedNote(note: checkpoint).verified(by: [appliance.ledgerKey])
            } catch {
                throw failure("the enclosed checkpoint is not signed by the appliance's ledger: \(error)")
            }
        }
        return receipt
    }

    private init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["_type", "predicate", "predicateType", "subject"])
        let type = try field.field("_type")
        guard ExactString(try type.string()) == ExactString(SubmissionManifest.statementType) else {
            throw type.failure("\"\(SubmissionManifest.statementType)\" was expected")
        }
        let eventField = try field.field("predicateType")
        guard let event = Event(rawValue: try eventField.string(maxBytes: 128)) else {
            throw eventField.failure("one of \(Event.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
        }
        self.event = event
        var subjects: [Subject] = []
        for element in try field.field("subject").array(maxCount: SubmissionManifest.maximumFiles) {
            try element.allow(only: ["digest", "name"])
            let digests = try element.field("digest")
            try digests.allow(only: ["sha256"])
            subjects.append(
                Subject(
                    path: try SubmissionManifest.path(element.field("name")),
                    digest: try SubmissionManifest.digest(digests.field("sha256"))))
        }
        self.subjects = subjects
        let predicate = try field.field("predicate")
        try predicate.allow(only: ["appliance", "checkpoint", "lab", "ledger", "modelSignature", "submission", "time", "v"])
        _ = try predicate.field("v").integer(in: 1...1)
        appliance = try Declaration.text(predicate.field("appliance"), maxBytes: 128)
        submissionID = try SubmissionManifest.digest(predicate.field("submission")).hex
        let lab = try predicate.field("lab")
        try lab.allow(only: ["keyid"])
        labKeyID = try SubmissionManifest.digest(lab.field("keyid")).hex
        let ledger = try predicate.field("ledger")
        try ledger.allow(only: ["sequence"])
        ledgerSequence = try ledger.field("sequence").integer()
        checkpoint = try predicate.optional("checkpoint")?.string(maxBytes: 64 << 10)
        let timeField = try predicate.field("time")
        time = try timeField.string(maxBytes: 32)
        guard MediaTime.isValid(time) else { throw timeField.failure("a time as 2030-01-31T12:00:00Z was expected") }
        modelSignature = try predicate.optional("modelSignature").map { field throws(JSONFieldError) in
            guard let state = ModelSignatureResult.State(rawValue: try field.string(maxBytes: 32)) else {
                throw field.failure("one of \(ModelSignatureResult.State.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
            }
            return state
        }
    }

    private static func failure(_ message: String) -> MediaError {
        MediaError(
            .receipt, "the receipt does not hold: \(message)",
            advice: "Ask the appliance's operators for the receipt again, and compare fingerprints.")
    }
}
