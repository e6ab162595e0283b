import AuditCrypto
import CanonicalEncoding
import MerkleLog
import VerdictBundle

/// What was found to hold. Its strings come from the bundle: a program that prints them cleans them first.
package struct VerificationReport: Sendable {
    /// The artefacts that the verdict is about.
    package let subjects: [Subject]
    package let evidence: Evidence
    /// The SHA-256 of the evidence statement's bytes.
    package let evidenceDigest: SHA256Digest
    package let timeVerified: Timestamp
    package let entry: LedgerEntry
    package let checkpoint: Checkpoint
    /// The trusted witnesses that cosigned the checkpoint.
    package let cosignatures: [Cosignature]
    /// How many of them were demanded.
    package let quorum: Int
    /// The key that the adjudicator signed with.
    package let signer: SSHPublicKey
    /// The subject that each given weights file is, in the order given.
    package let weights: [Subject]

    package var passed: Bool { evidence.verdict == .pass }
}
