import AuditCrypto
import Clearance
import CommandSupport
import LocalAPI
import MerkleLog

/// Signed rosters and terms as they came, each under its own digest. Nothing here is believed by itself: the ledger names
/// the digests of those that hold, and each signature is verified when it is read.
struct DocumentFolder: Sendable {
    let path: String
    let authorities: [Ed25519PublicKey]
    let labs: [Ed25519PublicKey]

    func keep(_ envelope: [UInt8]) throws {
        try Files.makeFolder(path, mode: 0o700)
        try Files.write(envelope, to: file(.of(envelope)), mode: 0o600)
    }

    func roster(_ digest: SHA256Digest) throws -> Roster { try roster(in: read(digest)) }

    func roster(in envelope: [UInt8]) throws -> Roster {
        try Roster(json: Roster.document.payload(of: envelope, by: authorities).bytes)
    }

    func terms(_ digest: SHA256Digest) throws -> EngagementTerms { try terms(in: read(digest)) }

    func terms(in envelope: [UInt8]) throws -> EngagementTerms {
        try .verified(envelope, labs: labs, authorities: authorities)
    }

    private func read(_ digest: SHA256Digest) throws -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try Files.read(file(digest), maxBytes: 4 << 20) } catch {
            throw damaged(
                digest, code: "clearance.document-missing", "The ledger names the document \(digest.hex), which cannot be read: \(error)",
                advice: "Put the signed roster or terms back at \(file(digest)), or restore the appliance's folder from a backup.")
        }
        guard SHA256Digest.of(bytes) == digest else {
            throw damaged(
                digest, code: "clearance.document-changed", "\(file(digest)) is not the document that the ledger names.",
                advice: "Put the signed roster or terms back, or restore the appliance's folder from a backup.")
        }
        return bytes
    }

    private func damaged(_ digest: SHA256Digest, code: String, _ message: String, advice: String) -> DamagedFile {
        DamagedFile(failure: LocalFailure(code: code, message: message, advice: advice), subject: .init(name: "document", sha256: digest))
    }

    private func file(_ digest: SHA256Digest) -> String { "\(path)/\(digest.hex).dsse.json" }
}
