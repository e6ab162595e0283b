import Appliance
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LocalAPI
import SealedMedia
import Testing

/// A model's own signature, verified when its submission is taken in: what it says is recorded, and keeps nothing out. The
/// signatures are those that the PyPI package model-signing made of `ModelSigningTests/Fixtures/hub`.
@Suite struct ModelSignatureTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "ModelSigningTests/Fixtures")
    private static let key = "9cf1781a3dd4b511f3621ec568c7f80836b149571c9e08896b824614d6ae79af"

    private let fixture: ApplianceFixture

    init() async throws {
        fixture = try ApplianceFixture()
        try await fixture.initialise()
    }

    private func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: Self.fixtures.appending(path: name))) }

    /// Seals the model with a signature, which the lab does not check.
    ///
    /// - Parameter change: of the model's files, by their names.
    private func seal(
        _ medium: String, bundle: [UInt8], key: String?, volumeSize: Int? = nil, change: (inout [String: [UInt8]]) -> Void = { _ in }
    ) async throws -> String {
        var files: [String: [UInt8]] = [:]
        for file in try ModelFolder(Self.fixtures.appending(path: "hub").path).files { files[file.path] = try bytes("hub/" + file.path) }
        change(&files)
        let keys = try ApplianceKeys(json: Array(try #require(try await fixture.call("identity")["appliance"]?.string).utf8))
        var inputs: [SealInput] = []
        func input(_ path: String, _ bytes: [UInt8], _ kind: MediaFileKind) throws {
            let source = URL(filePath: "\(fixture.folder)/\(medium)-files/\(path)")
            try FileManager.default.createDirectory(at: source.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: source)
            inputs.append(SealInput(source: source.path, path: path, kind: kind))
        }
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) { try input(path, bytes, path.hasSuffix(".safetensors") ? .weights : .other) }
        try input("model.sig", bundle, .other)
        if let key { try input("signer.pub.pem", bytes(key), .other) }
        let declaration = try Declaration(json: Array(#"""
            {"architecture":{"family":"llama","format":"safetensors","parameters":4,"tensors":1,"types":{"F32":1}},
             "contact":"lab@example.org","licence":"Apache-2.0","name":"hub","release":"open-weights","v":1,"version":"1"}
            """#.utf8))
        let media = "\(fixture.folder)/\(medium)"
        let manifest = try SubmissionSealer(
            declaration: declaration, lab: "Test lab", recipients: [keys.mediaRecipient], key: fixture.lab, volumeSize: volumeSize
        ).seal(inputs, into: media).manifest
        // Under other kinds than assay-lab would have sealed them.
        for folder in manifest.volumes.map({ (1...$0).map { "\(media)/volume-00\($0)" } }) ?? [media] {
            let place = URL(filePath: folder).appending(path: SubmissionManifest.fileName)
            let envelope = try DSSEEnvelope(json: Array(Data(contentsOf: place).dropLast()))
            var statement = String(decoding: envelope.payload, as: UTF8.self)
            for (path, kind) in [("model.sig", "model-signature"), ("signer.pub.pem", "model-signing-key")] {
                statement = statement.replacing(#""kind":"other","path":"\#(path)""#, with: #""kind":"\#(kind)","path":"\#(path)""#)
            }
            try Data(DSSEEnvelope.sign(payload: Array(statement.utf8), payloadType: SubmissionManifest.payloadType, with: [fixture.lab]).encoded())
                .write(to: place)
        }
        return media
    }

    private func ingest(_ media: String) async throws -> JSONValue {
        try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
    }

    /// What the last entry that accepted a submission says of a signature.
    private func recorded() async throws -> JSONValue? {
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array ?? []
        return shown.last { $0["action"] == "submission.accepted" }?["details"]?["modelSignature"]
    }

    @Test func whatHoldsIsRecorded() async throws {
        let result = try await ingest(try await seal("media", bundle: bytes("hub.sig"), key: "hub.pub.pem"))
        let expected: JSONValue = [
            "state": "verified", "key": .string(Self.key), "keySource": "submitted-key", "matching": 6, "differing": 0, "missing": 0,
            "notComparable": 0, "notCovered": 0,
        ]
        #expect(result["modelSignature"] == expected)
        #expect(try await recorded() == expected)
        #expect(try await fixture.call("submissions")["submissions"]?.array?.first?["modelSignature"] == expected)
        let keys = try ApplianceKeys(json: Array(try #require(try await fixture.call("identity")["appliance"]?.string).utf8))
        let receipt = try SubmissionReceipt.verify(Array(try #require(result["receipt"]?.string).utf8), from: keys)
        #expect(receipt.modelSignature == .verified)

        // After a restart, and when nothing of it is left in the store.
        let id = try #require(result["submission"]?.string)
        let waiting = try ApplianceFixture.waiting(try await fixture.act("submission.purge", ["submission": .string(id)], as: "bob"))
        _ = try await fixture.act("request.approve", ["request": .string(waiting)], as: "carol")
        _ = try await fixture.act("request.perform", ["request": .string(waiting)], as: "bob")
        let other = try await fixture.reopen()
        #expect(try await fixture.call("submissions", on: other)["submissions"]?.array?.first?["modelSignature"] == expected)
    }

    @Test func withoutOneNothingIsSaid() async throws {
        let result = try await ingest(try await fixture.seal())
        #expect(result["modelSignature"] == .null)
        #expect(try await recorded() == nil)
        #expect(try await fixture.call("submissions")["submissions"]?.array?.first?["modelSignature"] == .null)
        let keys = try ApplianceKeys(json: Array(try #require(try await fixture.call("identity")["appliance"]?.string).utf8))
        #expect(try SubmissionReceipt.verify(Array(try #require(result["receipt"]?.string).utf8), from: keys).modelSignature == nil)
    }

    @Test func whatDoesNotHoldIsTakenInAndRecorded() async throws {
        let (bundle, certified) = (try bytes("hub.sig"), try bytes("hub-certificate.sig"))
        var forged = bundle
        // In the payload: a digit of base64 becomes another.
        let place = try #require(forged.indices.first { forged[$0] == UInt8(ascii: "Z") })
        forged[place] = UInt8(ascii: "Y")
        let weights = "model-00002-of-00002.safetensors"
        let cases: [(bundle: [UInt8], key: String?, change: (inout [String: [UInt8]]) -> Void, expected: JSONObject)] = [
            (bundle, nil, { _ in }, ["state": "not-verified", "code": "model-signature.key-needed"]),
            (bundle, "other.pub.pem", { _ in }, ["state": "not-verified", "code": "model-signature.key-mismatch"]),
            (bundle, "hub/config.json", { _ in }, ["state": "not-verified", "code": "model-signature.key-malformed"]),
            (forged, "hub.pub.pem", { _ in }, ["state": "not-verified", "code": "model-signature.bad-signature"]),
            ([], "hub.pub.pem", { _ in }, ["state": "not-verified", "code": "model-signature.bundle-malformed"]),
            (bundle, "hub.pub.pem", { $0[weights]?[290] ^= 1 }, ["state": "differs", "keySource": "submitted-key", "matching": 5, "differing": 1]),
            (bundle, "hub.pub.pem", { $0["config.json"] = nil }, ["state": "incomplete", "matching": 5, "missing": 1]),
            (certified, nil, { $0["more.txt"] = [1] }, ["state": "verified", "keySource": "certificate", "matching": 6, "notCovered": 1]),
        ]
        for (number, one) in cases.enumerated() {
            let result = try await ingest(try await seal("case-\(number)", bundle: one.bundle, key: one.key, change: one.change))
            let found = try await recorded()
            #expect(result["whole"] == true && result["modelSignature"] == found)
            for (name, value) in one.expected.members { #expect(found?[name] == value, "case \(number): \(name)") }
            // Digests, counts and words of a closed list.
            #expect(found?["code"] == nil || found?.object?.members.count == 2)
        }
        #expect(try await fixture.call("submissions")["submissions"]?.array?.count == cases.count)
        #expect(try await fixture.call("ledger.verify")["entries"] != nil)
    }

    /// The bundle on one volume, its model on others: it is verified when the last is in, whichever that is.
    @Test(arguments: [[1, 2, 3], [3, 2, 1], [2, 3, 1]]) func volumesInAnyOrder(order: [Int]) async throws {
        let media = try await seal("media", bundle: bytes("hub.sig"), key: "hub.pub.pem", volumeSize: 3_600_000) { files in
            var state: UInt64 = 88172645463325252
            for name in ["a.txt", "y.txt", "z.txt"] {
                files[name] = (0..<(2 << 20)).map { _ in
                    state ^= state << 13
                    state ^= state >> 7
                    state ^= state << 17
                    return UInt8(truncatingIfNeeded: state >> 24)
                }
            }
        }
        var result: JSONValue?
        for (place, number) in order.enumerated() {
            result = try await ingest("\(media)/volume-00\(number)")
            #expect(result?["whole"]?.bool == (place == order.count - 1))
        }
        #expect(result?["modelSignature"]?["state"] == "verified" && result?["modelSignature"]?["notCovered"] == 3)
        #expect(try await recorded() == result?["modelSignature"])
    }
}
