import AuditCrypto
import CanonicalEncoding
import MerkleLog

/// What a log asks a witness to cosign: the body of tlog-witness's add-checkpoint (c2sp.org/tlog-witness).
package struct WitnessRequest: Hashable, Sendable {
    /// The size that the witness last cosigned, from which the proof leads to the checkpoint; 0 for a first time.
    package let oldSize: Int64
    package let proof: [MerkleHash]
    /// The signed note, verbatim.
    package let checkpoint: String

    private static let largest = 1 << 20
    private static let maximumHashes = 63

    package init(oldSize: Int64, proof: [MerkleHash], checkpoint: String) {
        (self.oldSize, self.proof, self.checkpoint) = (oldSize, proof, checkpoint)
    }

    package var text: String {
        "old \(oldSize)\n" + proof.map { $0.base64 + "\n" }.joined() + "\n" + checkpoint
    }

    package init(text: String) throws(MerkleError) {
        guard text.utf8.count <= Self.largest else {
            throw MerkleError(.badWitnessRequest, "a request has at most \(Self.largest) bytes; this has \(text.utf8.count)")
        }
        let bytes = Array(text.utf8), newline = UInt8(ascii: "\n")
        guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == newline && bytes[$0 + 1] == newline }) else {
            throw MerkleError(.badWitnessRequest, "no empty line divides the proof from the checkpoint")
        }
        let lines = try String(decoding: bytes[...gap], as: UTF8.self).utf8Lines { MerkleError(.badWitnessRequest, $0) }
        guard lines[0].utf8.starts(with: "old ".utf8),
            let size = Int64(canonicalDecimal: String(Substring(lines[0].utf8.dropFirst(4))))
        else {
            throw MerkleError(.badWitnessRequest, "line 1: 'old' and a decimal number without leading zeros were expected")
        }
        guard lines.count - 1 <= Self.maximumHashes else {
            throw MerkleError(.badWitnessRequest, "\(lines.count - 1) hashes; a proof has at most \(Self.maximumHashes)")
        }
        var hashes: [MerkleHash] = []
        for (index, line) in lines.dropFirst().enumerated() {
            guard let hash = MerkleHash(base64: line) else {
                throw MerkleError(.badWitnessRequest, "line \(index + 2): not base64 of a 32-byte hash")
            }
            hashes.append(hash)
        }
        self.init(oldSize: size, proof: hashes, checkpoint: String(decoding: bytes[(gap + 2)...], as: UTF8.self))
    }
}
