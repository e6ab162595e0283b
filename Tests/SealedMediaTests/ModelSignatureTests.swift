import AuditCrypto
import CanonicalEncoding
import Foundation
import ModelSigning
import SealedMedia
import TestTools
import Testing

/// A model's own signature at the lab: verified and held against the files before the lab signs. The signatures are those that
/// the PyPI package model-signing made of `ModelSigningTests/Fixtures/hub`.
@Suite struct ModelSignatureTests {
    private static let fixtures = ModelFolderTests.hub.deletingLastPathComponent()
    /// `openssl pkey -pubin -in hub.pub.pem -outform DER | sha256sum`, and of the key in `hub-certificate.sig`.
    private static let key = "9cf1781a3dd4b511f3621ec568c7f80836b149571c9e08896b824614d6ae79af"
    private static let certified = "a9031f9c87c7e094b7469d22d95237fd48d9f7b4cc55ad9be710206463afab62"
    private static let weights = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]

    private let bench: Bench

    init() throws {
        bench = try Bench()
        try FileManager.default.copyItem(at: ModelFolderTests.hub, to: bench.folder.appending(path: "hub"))
        for name in ["hub.sig", "hub-certificate.sig", "hub-blake2.sig", "key.sig", "hub.pub.pem", "other.pub.pem", "p384.pub.pem"] {
            try FileManager.default.copyItem(at: Self.fixtures.appending(path: name), to: bench.folder.appending(path: name))
        }
    }

    private func sealer(share: String? = nil) throws -> SubmissionSealer {
        SubmissionSealer(
            declaration: try bench.declaration(weights: "hub/" + Self.weights[0], family: "llama"), lab: "Test lab", recipients: [bench.keys.mediaRecipient],
            key: bench.lab, repair: share.flatMap { RepairShare($0) })
    }

    private func inputs(_ bundle: String?, key: String?) throws -> [SealInput] {
        try ModelFolder(bench.path("hub")).files + [bundle.map { SealInput(bench.path($0), .modelSignature) }, key.map { SealInput(bench.path($0), .modelSigningKey) }]
            .compactMap { $0 }
    }

    @discardableResult
    private func seal(_ bundle: String?, key: String? = nil, besides: [SealInput] = []) throws -> SubmissionSealer.Result {
        try sealer().seal(inputs(bundle, key: key) + besides, into: bench.media)
    }

    private func refusal(_ bundle: String?, key: String? = nil, besides: [SealInput] = []) -> MediaError? {
        do { try seal(bundle, key: key, besides: besides) } catch { return error as? MediaError }
        return nil
    }

    @Test("A signature that holds is sealed with its key, and opens to the same result") func verified() throws {
        let result = try #require(try seal("hub.sig", key: "hub.pub.pem").modelSignature)
        #expect(result.state == .verified && result.key?.hex == Self.key && result.keySource == .submitted && result.refusal == nil)
        #expect(result.json == [
            "state": "verified", "key": .string(Self.key), "keySource": "submitted-key", "matching": 6, "differing": 0, "missing": 0,
            "notComparable": 0, "notCovered": 0,
        ])
        let manifest = try bench.open().manifest
        #expect(manifest.files.filter { $0.kind != .weights && $0.kind != .other }.map { "\($0.kind.rawValue) \($0.path)" } == [
            "model-signature hub.sig", "model-signing-key hub.pub.pem",
        ])
        let contents = try bench.receive().files
        let again = try SubmittedSignature.result(among: manifest.files) { contents[$0.path] ?? [] }
        #expect(again == result)
        #expect(try SubmittedSignature.result(among: []) { _ in [] } == nil)
    }

    @Test("Without a key the signature's own certificate serves, and is said to") func certificate() throws {
        let result = try #require(try seal("hub-certificate.sig").modelSignature)
        #expect(result.state == .verified && result.key?.hex == Self.certified && result.keySource == .certificate)
    }

    @Test("What the signature does not cover is counted, and what it signs and is not there") func incomplete() throws {
        try bench.write(Array("{}".utf8), "hub/generation_config.json")
        try bench.write(Array("step 1\n".utf8), "train.log")
        let log = SealInput(bench.path("train.log"), .trainingLog)
        let besides = try #require(try seal("hub.sig", key: "hub.pub.pem", besides: [log]).modelSignature)
        // Every signed file is there: what lies besides is for the reader to judge, and a log is no part of the model.
        #expect(besides.state == .verified && besides.notCovered == ["generation_config.json"])

        try FileManager.default.removeItem(atPath: bench.media)
        try FileManager.default.removeItem(atPath: bench.path("hub/README.md"))
        let missing = try #require(try seal("hub.sig", key: "hub.pub.pem").modelSignature)
        #expect(missing.state == .incomplete && missing.missing == ["README.md"] && missing.matching.count == 5)

        try FileManager.default.removeItem(atPath: bench.media)
        try bench.write(Bench.gguf(), "hub/another.gguf")
        #expect(try seal("hub.sig", key: "hub.pub.pem").modelSignature?.state == .incomplete)

        try FileManager.default.removeItem(atPath: bench.media)
        let blake = try #require(try seal("hub-blake2.sig", key: "hub.pub.pem").modelSignature)
        #expect(blake.state == .incomplete && blake.notComparable.count == 5 && blake.matching.isEmpty)
    }

    @Test("A file that is not the signed one is not sealed, and nothing is left", arguments: ["config.json", "tokenizer/tokenizer.json", weights[1]])
    func differs(_ name: String) throws {
        var bytes = try bench.read("hub/" + name)
        bytes[bytes.count - 2] ^= 1
        try bench.write(bytes, "hub/" + name)
        let error = try #require(refusal("hub.sig", key: "hub.pub.pem"))
        #expect(error.code == .modelSignature && error.file == name)
        #expect(!FileManager.default.fileExists(atPath: bench.media))
        // It is the signature that refuses it.
        #expect(refusal(nil) == nil)
    }

    @Test("A signature that does not hold is refused before anything is sealed") func refusals() throws {
        try bench.write(Array("{}".utf8), "empty.sig")
        try bench.write([UInt8](repeating: 0x20, count: (16 << 20) + 1), "large.sig")
        var forged = try #require(String(bytes: bench.read("hub.sig"), encoding: .utf8))
        let signature = try #require(try StrictJSON.parse(Array(forged.utf8))["dsseEnvelope"]?["signatures"]?.array?.first?["sig"]?.string)
        let other = try #require(try StrictJSON.parse(bench.read("hub-blake2.sig"))["dsseEnvelope"]?["signatures"]?.array?.first?["sig"]?.string)
        forged = forged.replacingOccurrences(of: signature, with: other)
        try bench.write(Array(forged.utf8), "forged.sig")
        for (bundle, key, code, word) in [
            ("empty.sig", nil, .modelSignature, "bundle-malformed"), ("large.sig", nil, .input, "16777216"),
            ("hub.sig", nil, .modelSignature, "key-needed"), ("hub.sig", "other.pub.pem", .modelSignature, "key-mismatch"),
            ("hub.sig", "p384.pub.pem", .modelSignature, "key-unsupported"), ("hub.sig", "key.sig", .modelSignature, "key-malformed"),
            ("forged.sig", "hub.pub.pem", .modelSignature, "bad-signature"), ("key.sig", "hub.pub.pem", .modelSignature, "key-mismatch"),
            (nil, "hub.pub.pem", .modelSignature, "only beside"),
        ] as [(String?, String?, MediaError.Code, String)] {
            let error = try #require(refusal(bundle, key: key))
            #expect(error.code == code && error.message.contains(word), "\(error)")
            #expect(!FileManager.default.fileExists(atPath: bench.media))
        }
        let twice = refusal("hub.sig", key: "hub.pub.pem", besides: [SealInput(bench.path("hub-certificate.sig"), .modelSignature)])
        #expect(twice?.code == .modelSignature)
    }

    @Test("A seal that goes on checks the signature all the same") func resumed() throws {
        let padding = try bench.read("hub/README.md")
        try bench.write(Bench.gaussian(count: 6 << 20, bytes: 4), "hub/z-notes.txt")
        let inputs = try inputs("hub.sig", key: "hub.pub.pem")
        func interrupted() throws {
            var calls = 0
            #expect(throws: MediaError.self) {
                try sealer(share: "20%").seal(inputs, into: bench.media) { _ in
                    calls += 1
                    if calls == 4 { throw MediaError(.cancelled, "interrupted", advice: "") }
                }
            }
        }
        try interrupted()
        let result = try sealer(share: "20%").seal(inputs, into: bench.media)
        #expect(result.continuedSegments > 0 && result.modelSignature?.matching.count == 6)
        try FileManager.default.removeItem(atPath: bench.media)
        try bench.write(padding + [0x0A], "hub/README.md")
        try interrupted()
        #expect(throws: MediaError.self) { try sealer(share: "20%").seal(inputs, into: bench.media) }
        #expect(!FileManager.default.fileExists(atPath: bench.manifestURL.path))
    }

    @Test("A manifest has one signature at most, of bounded size, and a key only beside it") func schema() throws {
        try seal("hub.sig", key: "hub.pub.pem")
        let statement = try bench.statement()
        func refused(_ from: String, _ to: String) throws -> Bool {
            #expect(statement.contains(from))
            try bench.resign(statement.replacing(from, with: to))
            do { _ = try bench.open() } catch { return (error as? MediaError)?.code == .statement }
            return false
        }
        #expect(try refused(#""kind":"model-signature","path":"hub.sig""#, #""kind":"other","path":"hub.sig""#))
        #expect(try refused(#""kind":"other","path":"README.md""#, #""kind":"model-signature","path":"README.md""#))
        #expect(try refused(#""kind":"other","path":"README.md""#, #""kind":"model-signing-key","path":"README.md""#))
        #expect(try !refused(#""kind":"model-signing-key","path":"hub.pub.pem""#, #""kind":"other","path":"hub.pub.pem""#))
    }

    /// The program: a folder as it is, with its signature in it.
    @Test func sealsAFolder() throws {
        let hidden = [".gitattributes", ".cache/huggingface/x.lock"]
        for name in hidden { try bench.write([1], "hub/" + name) }
        try FileManager.default.moveItem(atPath: bench.path("hub.sig"), toPath: bench.path("hub/model.sig"))
        try bench.write(bench.keys.canonicalBytes(), "appliance.json")
        try bench.write(Array("a passphrase\n".utf8), "passphrase")
        func run(_ arguments: [String]) throws -> (status: Int32, result: JSONValue?) {
            let outcome = try BuiltProgram("assay-lab").run(arguments + ["--home", "home", "--json"], in: bench.folder)
            return (outcome.status, try? StrictJSON.parse(outcome.output))
        }
        #expect(try run(["keygen", "--name", "Test lab", "--passphrase-file", "passphrase"]).status == 0)
        #expect(try run(["trust-appliance", "appliance.json", "--fingerprint", bench.keys.fingerprint()]).status == 0)
        let declared = try run([
            "declare", "--model-folder", "hub", "--model", "Example", "--model-version", "1", "--release", "open-weights", "--licence", "Apache-2.0",
            "--contact", "lab@example.org",
        ])
        #expect(declared.status == 0 && declared.result?["declaration"]?["architecture"]?["family"] == "llama")
        func seal(_ out: String, _ more: String...) throws -> (status: Int32, result: JSONValue?) {
            try run(["seal", "--model", "hub", "--passphrase-file", "passphrase", "--out", out] + more)
        }
        #expect(try seal("refused").result?["error"]?["code"] == "media.model-signature")
        let sealed = try seal("sealed", "--model-signing-key", "hub.pub.pem")
        #expect(sealed.status == 0 && sealed.result?["files"] == 8 && sealed.result?["skipped"] == [".cache/", ".gitattributes"])
        #expect(sealed.result?["modelSignature"]?["state"] == "verified")
        #expect(try run(["check", "sealed"]).result?["files"]?.array?.first { $0["kind"] == "model-signature" }?["path"] == "model.sig")
    }
}
