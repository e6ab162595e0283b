import AuditCrypto
import AuditSigning
import CommandSupport
import SealedMedia

/// Files that hold public keys.
enum PublicFile {
    static func fingerprint(_ bytes: [UInt8], file: String) throws -> (kind: String, fingerprint: String) {
        if bytes.starts(with: Array("-----BEGIN ".utf8)) {
            return ("public-key", Fingerprint.spoken(of: try publicKey(bytes, file: file).spkiDER))
        }
        return ("appliance", try ApplianceKeys(json: bytes).fingerprint())
    }

    static func publicKey(_ bytes: [UInt8], file: String) throws -> Ed25519PublicKey {
        do {
            return try Ed25519PublicKey(pem: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw LabFailure(
                .badData, error.code.rawValue, "\(file): \(error.message)",
                advice: "Give an Ed25519 public key as PEM, such as lab.pub.pem.")
        }
    }
}
