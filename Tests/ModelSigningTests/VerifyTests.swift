import AuditCrypto
import ModelSigning
import Testing

/// Bundles as the package model-signing writes them. Fingerprints and digests are OpenSSL's and sha256sum's.
struct VerifyTests {
    static let keyFingerprint = "f67dc2b787a729db08f735c1689fa6a32019ff112bb0aacce05947a4a7cfdfad"
    static let leafFingerprint = "dfc3cc22609a6bf7da8267f54ede27adcda09d54188e32c785604e7ef4654888"
    static let leafCertificate = "25a5dfb35a4bf845eb32745762d5bc36d04d23cb879ee3c2480e8269605db98e"
    static let modelDigest = "553f5829350526dae993adfe40a4513b0b1777ae37342963b83b490ab9baa880"

    @Test func signedWithAKey() throws {
        let manifest = try Fixtures.signature("key").verify(with: Fixtures.key("key"))
        #expect(manifest.signer.keyFingerprint.hex == Self.keyFingerprint)
        #expect(manifest.signer.origin == .givenKey)
        #expect(manifest.statement.modelName == "model")
        #expect(manifest.statement.modelDigest.hex == Self.modelDigest)
        #expect(manifest.statement.method == .files)
        #expect(manifest.statement.ignoredPaths.sorted() == [".git", ".gitattributes", ".github", ".gitignore"])
        #expect(manifest.resources.map(\.path) == Fixtures.digests.map(\.path))
        #expect(manifest.resources.map(\.sha256?.hex) == Fixtures.digests.map(\.hex))
        #expect(manifest.resources.allSatisfy { $0.algorithm == "sha256" && $0.range == nil })
    }

    /// The key itself in place of its name, and no `ignore_paths`.
    @Test func signedWithAKeyByAnOlderVersion() throws {
        let manifest = try Fixtures.signature("key-1.0.1").verify(with: Fixtures.key("key"))
        #expect(manifest.signer.keyFingerprint.hex == Self.keyFingerprint)
        #expect(manifest.statement.modelDigest.hex == Self.modelDigest)
        #expect(manifest.statement.ignoredPaths.isEmpty)
    }

    @Test func signedWithACertificate() throws {
        let signature = try Fixtures.signature("certificate")
        let manifest = try signature.verify()
        #expect(manifest.signer.keyFingerprint.hex == Self.leafFingerprint)
        #expect(manifest.signer.origin == .unjudgedCertificate(sha256: try #require(SHA256Digest(hex: Self.leafCertificate))))
        #expect(manifest.signer.description.contains("were not judged"))
        #expect(manifest.statement.modelDigest.hex == Self.modelDigest)
        let given = try signature.verify(with: Fixtures.key("leaf"))
        #expect(given.signer.origin == .givenKey)
        #expect(given.signer.keyFingerprint.hex == Self.leafFingerprint)
        #expect(given.statement == manifest.statement)
        // A Sigstore bundle's own place for one certificate, beside which an entry of a log stands.
        let text = try Fixtures.text("certificate.sig")
        let start = try #require(text.range(of: #""x509CertificateChain":{"certificates":[{"#))
        let end = try #require(text.range(of: #""},{"rawBytes""#))
        let rest = try #require(text.range(of: #"}]},"tlogEntries""#))
        let leaf = #""certificate":{"# + text[start.upperBound..<end.lowerBound] + #""},"tlogEntries""#
        let single = text[..<start.lowerBound] + leaf + text[rest.upperBound...]
        expect(.bundleMalformed) { _ = try ModelSignature(bundle: Array(single.utf8)) }
        let logged = single.replacing(#""tlogEntries":[]"#, with: #""tlogEntries":[{"logIndex":"1"}]"#)
        #expect(try ModelSignature(bundle: Array(logged.utf8)).verify() == manifest)
    }

    @Test func aSingleFileHasItsOwnName() throws {
        let manifest = try Fixtures.signature("file").verify(with: Fixtures.key("key"))
        #expect(manifest.resources.map(\.path) == ["config.json"])
        #expect(manifest.resources[0].sha256?.hex == Fixtures.digests[0].hex)
        #expect(manifest.statement.modelDigest.hex == "7fac51a257e59fe142a67648a97768cd9fb1b222be62d8917926bde8bed7c77e")
    }

    @Test func rangesAndOtherAlgorithmsAreNoFilesSHA256() throws {
        let shards = try Fixtures.signature("shards").verify(with: Fixtures.key("key"))
        #expect(shards.statement.method == .shards)
        #expect(shards.resources.map(\.path) == [
            "config.json", "config.json", "weights/part-1.bin", "weights/part-2.bin", "weights/part-2.bin", "weights-beside.bin",
        ])
        #expect(shards.resources.map(\.range) == [0..<10, 10..<14, 0..<8, 0..<10, 10..<16, 0..<6])
        let blake2 = try Fixtures.signature("blake2").verify(with: Fixtures.key("key"))
        #expect(blake2.resources.allSatisfy { $0.algorithm == "blake2b" && $0.digest.count == 64 })
        #expect((shards.resources + blake2.resources).allSatisfy { $0.sha256 == nil })
    }

    @Test func otherKindsOfKeysAreNamed() throws {
        for (name, kind) in [("ed25519", "Ed25519"), ("p384", "P-384"), ("rsa", "RSA")] {
            let error = #expect(throws: ModelSignatureError.self) { try Fixtures.key(name) }
            #expect(error?.code == .keyUnsupported)
            #expect(error?.message.contains("one of \(kind);") == true)
        }
        let error = try #require(throws: ModelSignatureError.self) { try Fixtures.signature("p384").verify() }
        #expect(error.code == .keyUnsupported && error.message.contains("P-384"))
        let pem = try Fixtures.text("key.pub.pem")
        for text in ["", "no key", try Fixtures.text("leaf.crt.pem"), pem + "\n", pem + "x"] {
            expect(.keyMalformed) { _ = try ModelSignature.key(pem: text) }
        }
        // A point that is not on the curve.
        let changed = pem.replacing("zlFUNs", with: "zlFUNt")
        #expect(changed != pem)
        expect(.keyMalformed) { _ = try ModelSignature.key(pem: changed) }
    }

    @Test func anotherKeyIsRefused() throws {
        for name in ["key", "key-1.0.1", "certificate"] {
            expect(.keyMismatch) { _ = try Fixtures.signature(name).verify(with: Fixtures.key("other")) }
        }
        // Where the bundle does not say whose it is, the signature does.
        let unnamed = try Fixtures.text("key.sig").replacing(/"hint":"[0-9a-f]+"/, with: "")
        #expect(try ModelSignature(bundle: Array(unnamed.utf8)).verify(with: Fixtures.key("key")).resources.count == 5)
        expect(.badSignature) { _ = try ModelSignature(bundle: Array(unnamed.utf8)).verify(with: Fixtures.key("other")) }
        expect(.keyNeeded) { _ = try Fixtures.signature("key").verify() }
    }

    @Test func aHintIsComparedWhereItIsADigest() throws {
        let signer = TestSigner(), key = try signer.key
        let statement = try Fixtures.statement("key")
        let named: [(String, ModelSignatureErrorCode?)] = [
            (SHA256Digest.of(key.der).hex, nil), ("our key of 2026", nil), ("", nil), (String(repeating: "0", count: 64), .keyMismatch),
        ]
        for (hint, code) in named {
            let signature = try ModelSignature(bundle: signer.bundle(statement, material: ["publicKey": ["hint": .string(hint)]]))
            if let code {
                expect(code) { _ = try signature.verify(with: key) }
            } else {
                #expect(try signature.verify(with: key).signer.origin == .givenKey)
            }
        }
    }

    /// It signed another encoding of another statement.
    @Test func theFirstVersionIsNamed() throws {
        let error = try #require(throws: ModelSignatureError.self) { try Fixtures.signature("key-0.2.0").verify(with: Fixtures.key("key")) }
        #expect(error.code == .predicateUnsupported)
        #expect(error.message.contains("version 0.2"))
    }
}
