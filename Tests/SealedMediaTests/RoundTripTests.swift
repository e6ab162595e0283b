import AgeFormat
import AuditCrypto
import BulkCrypto
import Foundation
import SealedMedia
import Testing

@Suite("sealing and opening")
struct RoundTripTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func whatGoesInComesOut() throws {
        let result = try bench.sealSmall()
        let submission = try bench.open()
        #expect(submission.submissionID == result.submissionID)
        #expect(submission.signer == bench.lab.publicKey)
        #expect(submission.manifest == result.manifest)
        #expect(submission.manifest.files.map(\.path) == [
            "weights.gguf", "croissant.json", "records.jsonl", "train.log", "empty.txt",
        ])
        #expect(submission.manifest.declaration.architecture.parameters == 64)
        #expect(submission.manifest.declaration.architecture.types == ["F32": 1])
        #expect(try submission.examine().isEmpty)

        let received = try bench.receive()
        for file in submission.manifest.files {
            #expect(received.files[file.path] == (try bench.read(file.path)))
        }
        #expect(received.receivedFiles == submission.manifest.files.map(\.path))
        // Nothing of the plaintext's names or content shows on the medium.
        for segment in submission.manifest.files.flatMap(\.segments) {
            let sealed = try Data(contentsOf: URL(fileURLWithPath: bench.media + "/" + segment.path))
            #expect(sealed.range(of: Data("hello".utf8)) == nil)
            #expect(sealed.count == segment.sealedSize)
        }
    }

    /// The store keeps payload and file key, and drops the header.
    @Test func thePayloadOpensWithTheFileKeyAlone() throws {
        try bench.sealSmall()
        let received = try bench.receive()
        for file in try bench.open().manifest.files {
            for segment in file.segments {
                let kept = try #require(received.kept[segment.path])
                var plain: [UInt8] = []
                try SegmentDecoder.decode(payload: MemorySource(kept.payload), fileKey: kept.key, segment: segment) { plain += $0 }
                #expect(plain == Array(try bench.read(file.path)[segment.plainOffset..<(segment.plainOffset + segment.plainSize)]))
                var changed = kept.payload
                changed[changed.count / 2] ^= 1
                #expect(throws: MediaError.self) {
                    try SegmentDecoder.decode(payload: MemorySource(changed), fileKey: kept.key, segment: segment) { _ in }
                }
            }
        }
    }

    /// Three segments, the last one short; segment by segment the same bytes through `age` and `zstd`.
    @Test(.enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/age")
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd"), "age or zstd is not installed"))
    func manySegmentsThroughOtherPrograms() throws {
        let weights = Bench.gguf(padding: 2 * MediaSegment.maximumPlainSize + 12_345)
        try bench.write(weights, "weights.gguf")
        var calls = 0
        let result = try bench.sealer().seal(bench.inputs([("weights.gguf", .weights)]), into: bench.media) { progress in
            calls += 1
            #expect(progress.bytesTotal == weights.count)
        }
        #expect(calls == 3)
        #expect(result.manifest.files[0].segments.map(\.plainSize) == [
            16 << 20, 16 << 20, weights.count - (32 << 20),
        ])
        #expect(result.sealedBytes < weights.count)
        try Data((bench.appliance.text + "\n").utf8).write(to: bench.folder.appendingPathComponent("key"))
        var plain = Data()
        for segment in result.manifest.files[0].segments {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c", #"age -d -i "$1" "$2" | zstd -d -q -o "$3""#, "sh", bench.path("key"),
                bench.media + "/" + segment.path, bench.path(String(segment.plainOffset)),
            ]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            plain += try Data(contentsOf: bench.folder.appendingPathComponent(String(segment.plainOffset)))
        }
        #expect(Array(plain) == weights)
        #expect(try bench.receive().files["weights.gguf"] == weights)
    }

    @Test func severalWholeFramesInASegment() throws {
        let plain = Array("GGUF".utf8) + [UInt8](repeating: 9, count: 150_000)
        try bench.forge(zstd: Bench.rawFrame(Array(plain[..<70_000])) + Bench.rawFrame(Array(plain[70_000...])), plain: plain)
        #expect(try bench.receive().files["weights.gguf"] == plain)
    }

    @Test func sealingToAHybridKey() throws {
        let identity = try HybridIdentity.generate()
        let keys = try ApplianceKeys(
            name: "pq", recipient: identity.recipient.text, ledgerKey: bench.keys.ledgerKey,
            verdictKey: bench.keys.verdictKey)
        try bench.write(Bench.gguf(), "weights.gguf")
        try SubmissionSealer(declaration: bench.declaration(), lab: "Test lab", recipients: [keys.mediaRecipient], key: bench.lab)
            .seal(bench.inputs([("weights.gguf", .weights)]), into: bench.media)
        let submission = try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey])
        let collector = Bench.Collector()
        try SubmissionReceiver(submission, identities: [identity]).receiveAll(into: collector)
        #expect(collector.files["weights.gguf"] == Bench.gguf())
    }

    /// The appliance, its spare and somebody in escrow: each opens it alone, and age does with the key of the third.
    @Test func severalRecipients() throws {
        let (spare, escrow) = (try X25519Identity.generate(), try X25519Identity.generate())
        let recipients = [
            bench.keys.mediaRecipient, .init(name: "spare", age: spare.recipient.text), .init(name: "escrow", age: escrow.recipient.text),
        ]
        try bench.write(Bench.gguf(), "weights.gguf")
        let result = try SubmissionSealer(declaration: bench.declaration(), lab: "Test lab", recipients: recipients, key: bench.lab)
            .seal(bench.inputs([("weights.gguf", .weights)]), into: bench.media)
        #expect(result.manifest.recipients == recipients)
        let submission = try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey])
        for identity in [bench.appliance, spare, escrow] {
            try submission.checkRecipient(identity.recipient.text)
            let collector = Bench.Collector()
            try SubmissionReceiver(submission, identities: [identity]).receiveAll(into: collector)
            #expect(collector.files["weights.gguf"] == Bench.gguf())
        }
        #expect(throws: MediaError.self) { try submission.checkRecipient(X25519Identity.generate().recipient.text) }
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/age") else { return }
        try Data((escrow.text + "\n").utf8).write(to: bench.folder.appendingPathComponent("key"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", #"age -d -i "$1" "$2" | zstd -d -q > "$3""#, "sh", bench.path("key"),
            bench.media + "/" + result.manifest.files[0].segments[0].path, bench.path("plain"),
        ]
        try process.run()
        process.waitUntilExit()
        #expect(try process.terminationStatus == 0 && bench.read("plain") == Bench.gguf())
    }

    @Test func recipientsThatDoNotGoTogether() throws {
        try bench.write(Bench.gguf(), "weights.gguf")
        func code(_ recipients: [MediaRecipient]) -> MediaError.Code? {
            do {
                _ = try SubmissionSealer(declaration: bench.declaration(), lab: "Test lab", recipients: recipients, key: bench.lab)
                    .seal(bench.inputs([("weights.gguf", .weights)]), into: bench.media)
                return nil
            } catch { return (error as? MediaError)?.code }
        }
        let one = bench.keys.mediaRecipient
        #expect(code([]) == .applianceKeys)
        #expect(code([one, one]) == .applianceKeys)
        #expect(code([one, .init(name: "other", age: one.age)]) == .applianceKeys)
        #expect(try code([one, .init(name: one.name, age: X25519Identity.generate().recipient.text)]) == .applianceKeys)
        // What one of two could be broken by later protects neither.
        #expect(try code([one, .init(name: "pq", age: HybridIdentity.generate().recipient.text)]) == .applianceKeys)
        #expect(try code((0..<17).map { try .init(name: "\($0)", age: X25519Identity.generate().recipient.text) }) == .applianceKeys)
        #expect(!FileManager.default.fileExists(atPath: bench.media))
    }

    // MARK: - Interruption

    struct Stop: Error {}

    /// Wherever a seal stops by an error, nothing stays behind.
    @Test func aStoppedSealLeavesNothing() throws {
        try bench.write(Bench.gguf(padding: 70 << 20), "weights.gguf")
        for stopAt in 1...5 {
            var calls = 0
            #expect(throws: Stop.self) {
                try bench.sealer().seal(bench.inputs([("weights.gguf", .weights)]), into: bench.media) { _ in
                    calls += 1
                    if calls == stopAt { throw Stop() }
                }
            }
            #expect(!FileManager.default.fileExists(atPath: bench.media))
        }
    }

    /// What a reader would see if the seal were killed at any moment: files under their names are whole, and there
    /// is no manifest before all of them are there. The next seal clears the remains away.
    @Test func aKilledSealIsNeverASubmission() throws {
        try bench.write(Bench.gguf(padding: 70 << 20), "weights.gguf")
        var calls = 0
        let kill = bench.path("killed")
        try bench.sealer().seal(bench.inputs([("weights.gguf", .weights)]), into: bench.media) { _ in
            calls += 1
            #expect(!FileManager.default.fileExists(atPath: bench.manifestURL.path))
            try? FileManager.default.removeItem(atPath: kill)
            // Segments are named meanwhile.
            #expect(Bench.copyTree(bench.media, to: kill))
            let names = try FileManager.default.contentsOfDirectory(atPath: kill + "/segments").filter { !$0.hasPrefix(".") }
            #expect(names.count >= calls)
            for name in names {
                let reader = try AgeReader(
                    source: MemorySource(Data(contentsOf: URL(fileURLWithPath: kill + "/segments/" + name))),
                    identities: [bench.appliance])
                while try reader.next() != nil {}
            }
            #expect { try VerifiedSubmission(at: kill, labKeys: [bench.lab.publicKey]) } throws: {
                ($0 as? MediaError)?.code == .manifestMissing
            }
        }
        try bench.sealer().seal(bench.inputs([("weights.gguf", .weights)]), into: kill)
        #expect(try VerifiedSubmission(at: kill, labKeys: [bench.lab.publicKey]).examine().isEmpty)
    }

    // MARK: - What is not sealed

    @Test func refusedInputs() throws {
        try bench.write(Bench.gguf(), "weights.gguf")
        func code(_ inputs: [SealInput], into output: String? = nil) -> MediaError.Code? {
            do {
                try bench.sealer().seal(inputs, into: output ?? bench.media)
                return nil
            } catch { return (error as? MediaError)?.code }
        }
        let good = bench.inputs([("weights.gguf", .weights)])[0]
        #expect(code([]) == .input)
        #expect(code([SealInput(source: bench.path("none"), path: "w.gguf", kind: .weights)]) == .input)
        #expect(code([SealInput(source: bench.folder.path, path: "w.gguf", kind: .weights)]) == .input)
        #expect(code([SealInput(source: good.source, path: "../w.gguf", kind: .weights)]) == .path)
        #expect(code([SealInput(source: good.source, path: "a b.gguf", kind: .weights)]) == .path)
        #expect(code([good, SealInput(source: good.source, path: "WEIGHTS.gguf", kind: .other)]) == .duplicate)
        try bench.write([0x80, 0x04, 0x95, 1, 2, 3], "model.safetensors")
        #expect(code(bench.inputs([("model.safetensors", .weights)])) == .pickle)
        #expect(code([good] + bench.inputs([("model.safetensors", .other)])) == .pickle)
        try bench.write(Array("PK".utf8) + [3, 4] + Array("archive/data.pkl".utf8), "model.zip")
        #expect(code([good] + bench.inputs([("model.zip", .other)])) == .pickle)
        try bench.write([1, 2, 3], "model.pt")
        #expect(code([good] + bench.inputs([("model.pt", .other)])) == .pickle)
        try bench.write(Array("hello".utf8), "hello.txt")
        #expect(code(bench.inputs([("hello.txt", .weights)])) == .weightsFormat)
        // Each refusal left the output untouched.
        #expect(!FileManager.default.fileExists(atPath: bench.media))
        #expect(code([good], into: bench.folder.path) == .outputExists)
        #expect(code([good]) == nil)
        #expect(code([good]) == .outputExists)
    }
}
