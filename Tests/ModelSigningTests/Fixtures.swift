import AuditCrypto
import BulkCrypto
import CanonicalEncoding
import enum Crypto.P256
import Foundation
import ModelSigning
import Testing

/// Bundles that the PyPI package model-signing made, and bundles around changed statements, signed here.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }

    static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    static func key(_ name: String) throws -> P256VerifierKey { try ModelSignature.key(pem: text("\(name).pub.pem")) }

    static func signature(_ name: String) throws -> ModelSignature { try ModelSignature(bundle: bytes("\(name).sig")) }

    /// `sha256sum` of the files in `model`, in the order in which they were signed.
    static let digests: [(path: String, hex: String)] = [
        ("config.json", "09d343c37de0bba143b7ff45f82c0ab9308531dcc78b56b8eb40c5938c4be418"),
        ("empty.txt", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("weights/part-1.bin", "fed7f05c10bc95d597e6f8103228c4c10798b5f77215f718a854534da563dc9e"),
        ("weights/part-2.bin", "d5fc1a79d694105011eba9d1bd3d58ef0106d9d8c3e830b738aac6c29ccdca30"),
        ("weights-beside.bin", "5bcaffed4d27f7b2dd939334aa6032a0770b552e4059c50e76b5c8e64219af93"),
    ]

    static func files() throws -> [(path: String, sha256: SHA256Digest)] {
        try digests.map { ($0.path, try #require(SHA256Digest(hex: $0.hex))) }
    }

    /// The statement in a bundle, as text.
    static func statement(_ name: String) throws -> String {
        let payload = try #require(StrictJSON.parse(bytes("\(name).sig"))["dsseEnvelope"]?["payload"]?.string)
        return String(decoding: try #require(Base64.decode(payload)), as: UTF8.self)
    }
}

/// Somebody with a key who signs whatever text it is given.
struct TestSigner {
    private let secret = P256.Signing.PrivateKey()

    var key: P256VerifierKey { get throws { try P256VerifierKey(der: Array(secret.publicKey.derRepresentation)) } }

    func bundle(_ statement: String, material: JSONValue = ["publicKey": [:], "tlogEntries": []]) throws -> [UInt8] {
        let type = "application/vnd.in-toto+json", payload = Array(statement.utf8)
        let message = DSSEEnvelope.preAuthenticationEncoding(payloadType: type, payload: payload)
        let signature = Array(try secret.signature(for: message).derRepresentation)
        return try CanonicalJSON.encode([
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": material,
            "dsseEnvelope": [
                "payload": .string(Base64.encode(payload)), "payloadType": .string(type), "signatures": [["sig": .string(Base64.encode(signature))]],
            ],
        ])
    }

    func verify(_ statement: String) throws -> SignedManifest { try ModelSignature(bundle: bundle(statement)).verify(with: key) }
}

/// Expects an error with this code.
func expect(
    _ code: ModelSignatureErrorCode, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: ModelSignatureError.self, comment, sourceLocation: sourceLocation, performing: body)
    if let error { #expect(error.code == code, "\(error)", sourceLocation: sourceLocation) }
}
