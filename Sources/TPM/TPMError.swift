import AuditCrypto

/// Why a TPM could not be used as an anchor.
package enum TPMErrorCode: String, Sendable {
    /// There is no TPM, nothing answers there, or it answers with an error of its own.
    case unavailable = "anchor.unavailable"
    /// The TPM that answers is not the one that was bound, or it was reset.
    case otherTPM = "anchor.other-tpm"
    /// What says where the TPM is cannot be used.
    case badTransport = "anchor.bad-transport"
}

package typealias TPMError = CodedError<TPMErrorCode>
