/// Why a bundle is refused: the kind, and what exactly was found.
package struct VerificationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The raw value is the exit status of `assay-verify`; a status is never given another meaning.
    package enum Kind: Int32, CaseIterable, Sendable {
        case trust = 10, container, envelope, envelopeSignature, statement, subjects, evidence
        case summary = 17, inputAttestation, result
        case entry = 20, entrySubject, request, requestDigest, requestScope, requestSignature, signer, person
        case proof = 30, checkpointMismatch, checkpointSignature, origin, index, inclusion, consistency, cosignatures, receipt
        case order = 40, future, labKey, weights

        /// What does not hold, as a sentence.
        package var meaning: String {
            switch self {
            case .trust: "a trust anchor is missing or cannot be read"
            case .container: "the file is not a verdict bundle's archive"
            case .envelope: "the signed lines are not two DSSE envelopes of in-toto statements"
            case .envelopeSignature: "a line is not signed by the trusted verdict key"
            case .statement: "a statement is not what it must be"
            case .subjects: "the two statements are about different artefacts"
            case .evidence: "the evidence is malformed, or its figures contradict each other"
            case .summary: "the summary does not follow from the evidence"
            case .inputAttestation: "the summary rests on other evidence than the bundle's"
            case .result: "the result, the verdict and the suites' decisions disagree"
            case .entry: "the ledger entry is malformed or records no verdict"
            case .entrySubject: "the ledger entry does not name the signed lines"
            case .request: "the adjudicator's request is malformed or asks for something else"
            case .requestDigest: "the ledger entry names another request"
            case .requestScope: "the adjudicator signed for another verdict, submission or evidence"
            case .requestSignature: "the adjudicator's signature does not fit the request"
            case .signer: "the adjudicator's key is not an allowed signer"
            case .person: "the entry, the request, the evidence and the signer name different persons"
            case .proof: "the inclusion proof is malformed"
            case .checkpointMismatch: "the bundle holds two different checkpoints"
            case .checkpointSignature: "the checkpoint is not signed by the trusted ledger key"
            case .origin: "the checkpoint, the evidence or the request is of another ledger"
            case .index: "the proof is for another entry"
            case .inclusion: "the entry is not in the ledger that the checkpoint commits to"
            case .consistency: "the earlier checkpoint is not the beginning of the later one's ledger"
            case .cosignatures: "fewer witnesses than demanded have cosigned the checkpoint, or a cosignature does not fit it"
            case .receipt: "the receipt cannot be read, or a row of it is not what its check says"
            case .order: "entries or times are in an impossible order"
            case .future: "the bundle is from the future"
            case .labKey: "the submission was sealed by another lab key than the trusted one"
            case .weights: "a given file is not among the artefacts audited"
            }
        }
    }

    package let kind: Kind
    package let detail: String

    package init(_ kind: Kind, _ detail: String) { (self.kind, self.detail) = (kind, detail) }

    package var description: String { "\(kind.meaning): \(detail)" }
}

/// The result of `body`, any error of which becomes a failure of this kind.
func failing<Result>(
    _ kind: VerificationFailure.Kind, _ what: String, _ body: () throws -> Result
) throws(VerificationFailure) -> Result {
    do { return try body() } catch { throw VerificationFailure(kind, "\(what): \(error)") }
}

func require(
    _ condition: Bool, _ kind: VerificationFailure.Kind, _ detail: @autoclosure () -> String
) throws(VerificationFailure) {
    guard condition else { throw VerificationFailure(kind, detail()) }
}

/// `bytes` as text; they must be UTF-8.
func text(_ bytes: [UInt8], _ kind: VerificationFailure.Kind) throws(VerificationFailure) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    throw VerificationFailure(kind, "not UTF-8")
}
