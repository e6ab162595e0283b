import AuditCrypto

package enum MerkleErrorCode: String, Sendable {
    /// An index or size outside the tree.
    case outOfRange = "merkle.out-of-range"
    /// A proof with more or fewer hashes than its place in the tree calls for.
    case wrongProofLength = "merkle.wrong-proof-length"
    /// The proof leads to another root.
    case rootMismatch = "merkle.root-mismatch"
    case badCheckpoint = "merkle.bad-checkpoint"
    case badTile = "merkle.bad-tile"
    case badProofFile = "merkle.bad-proof-file"
    case badWitnessRequest = "merkle.bad-witness-request"
}

package typealias MerkleError = CodedError<MerkleErrorCode>
