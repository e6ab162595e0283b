import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// A roster or terms, read so that whoever signs it signs what the appliance will read.
package enum ClearanceDocument: Hashable, Sendable {
    case roster(Roster)
    case terms(EngagementTerms)

    package init(json: [UInt8]) throws(ClearanceError) {
        let type = (try? StrictJSON.parse(json))?["type"]?.string
        self = type == EngagementTerms.document.type ? .terms(try EngagementTerms(json: json)) : .roster(try Roster(json: json))
    }

    package var kind: SignedDocument {
        switch self {
        case .roster: Roster.document
        case .terms: EngagementTerms.document
        }
    }

    /// The canonical bytes that are signed.
    package func encoded() throws(ClearanceError) -> [UInt8] {
        switch self {
        case .roster(let roster): try roster.encoded()
        case .terms(let terms): try terms.encoded()
        }
    }

    /// Signs a document, or adds a signature to an envelope that others have signed already.
    ///
    /// - Parameter file: the document's JSON, or its DSSE envelope.
    package static func sign(_ file: [UInt8], with key: Ed25519PrivateKey) throws -> (document: ClearanceDocument, envelope: [UInt8]) {
        let earlier = try? DSSEEnvelope(json: file)
        let document = try ClearanceDocument(json: earlier?.payload ?? file)
        let payload = try document.encoded(), type = document.kind.payloadType
        if let earlier, ExactString(earlier.payloadType) != ExactString(type) || earlier.payload != payload {
            throw ClearanceError(.badTerms, "the envelope's payload is not in canonical form, or of another type than it says: have "
                + "it signed anew from the document")
        }
        let own = DSSEEnvelope.sign(payload: payload, payloadType: type, with: [key])
        let others = (earlier?.signatures ?? []).filter { $0.keyID != key.publicKey.keyID }
        return (document, DSSEEnvelope(payloadType: type, payload: payload, signatures: others + own.signatures).encoded())
    }
}
