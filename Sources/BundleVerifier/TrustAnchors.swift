import AuditCrypto

/// What a verifier trusts before it looks at a bundle. Taken in by people, with fingerprints read aloud.
package struct TrustAnchors: Sendable {
    /// The keys that sign the ledger's checkpoints, one or, where it was changed, more. Their name is the ledger's origin.
    package let ledger: [NoteVerifierKey]
    package var origin: String { ledger[0].name }
    /// The key that signs verdicts.
    package let verdictKey: Ed25519PublicKey
    package let labKey: Ed25519PublicKey
    /// The inspectors.
    package let allowedSigners: AllowedSigners
    /// Who cosigns checkpoints, as far as that is of interest.
    package var witnesses: [CosignerKey] = []
    /// How many of them must have cosigned the checkpoint.
    package var quorum = 0

    /// Reads the files of a trust folder: `ledger.vkey`, `appliance.pub.pem`, `lab.pub.pem`, `allowed_signers` and,
    /// where there is one, `witnesses`. Throws `trust`.
    package init(
        ledger: [UInt8], verdictKey: [UInt8], labKey: [UInt8], allowedSigners: [UInt8], witnesses: [UInt8] = []
    ) throws(VerificationFailure) {
        self.ledger = try failing(.trust, "ledger.vkey") { try NoteVerifierKey.list(text: text(ledger, .trust)) }
        self.verdictKey = try failing(.trust, "appliance.pub.pem") { try Ed25519PublicKey(pem: text(verdictKey, .trust)) }
        self.labKey = try failing(.trust, "lab.pub.pem") { try Ed25519PublicKey(pem: text(labKey, .trust)) }
        self.allowedSigners = try failing(.trust, "allowed_signers") {
            try AllowedSigners(text: text(allowedSigners, .trust))
        }
        self.witnesses = try failing(.trust, "witnesses") { try CosignerKey.list(text: text(witnesses, .trust)) }
    }
}
