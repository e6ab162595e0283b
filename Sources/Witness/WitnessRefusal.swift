/// Why a witness does not cosign.
package struct WitnessRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// In brackets, what a tlog-witness would answer over HTTP.
    package enum Kind: String, CaseIterable, Sendable {
        /// The request is not one (400).
        case malformed = "witness.malformed"
        /// It comes from another size than the one last cosigned (409).
        case otherSize = "witness.other-size"
        /// Nobody told this witness to watch that log (404).
        case unknownLog = "witness.unknown-log"
        /// The log's key did not sign the checkpoint (403).
        case badSignature = "witness.bad-signature"
        /// A signed checkpoint smaller than the one last cosigned.
        case rolledBack = "witness.rolled-back"
        /// Two signed checkpoints of one size with different roots (422).
        case forked = "witness.forked"
        /// A larger signed checkpoint that is not shown to extend the one last cosigned (422).
        case badProof = "witness.bad-proof"
        /// A restored log's entry that does not name the tree last cosigned as lost.
        case notDeclared = "witness.not-declared"

        /// Whether the request's checkpoint, which the log signed, is kept beside the one last cosigned.
        package var isEvidence: Bool { [.rolledBack, .forked, .badProof].contains(self) }
    }

    package let kind: Kind
    package let message: String
    /// The size last cosigned, where the log is known.
    package let cosignedSize: Int64?

    package init(_ kind: Kind, _ message: String, cosignedSize: Int64? = nil) {
        (self.kind, self.message, self.cosignedSize) = (kind, message, cosignedSize)
    }

    package var description: String { "\(message) [\(kind.rawValue)]" }
}
