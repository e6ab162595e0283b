import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import Foundation
import SealedMedia
import Testing

/// Hostile and damaged media: each refused with its own code, naming the file.
@Suite("refusals")
struct RefusalTests {
    let bench: Bench
    let files = FileManager.default

    init() throws {
        bench = try Bench()
        try bench.sealSmall()
    }

    var segment: String { "segments/000002.zst.age" }

    func expect(_ code: MediaError.Code, file: String? = nil, location: SourceLocation = #_sourceLocation) {
        let error = bench.refusal()
        #expect(error?.code == code, "\(error.map(String.init(describing:)) ?? "taken in")", sourceLocation: location)
        if let file { #expect(error?.file == file, sourceLocation: location) }
        #expect(error?.advice.isEmpty == false, sourceLocation: location)
    }

    func change(_ name: String, _ edit: (inout [UInt8]) -> Void) throws {
        var bytes = try bench.read("media/" + name)
        edit(&bytes)
        try bench.write(bytes, "media/" + name)
    }

    // MARK: - The tree

    @Test func truncatedOversizedAndMissingSegments() throws {
        try change(segment) { $0.removeLast() }
        expect(.segmentTruncated, file: segment)
        try change(segment) { $0 += [0, 0] }
        expect(.segmentOversized, file: segment)
        try files.removeItem(atPath: bench.media + "/" + segment)
        expect(.missingFile, file: segment)
    }

    @Test func undeclaredFiles() throws {
        try bench.write([1], "media/extra.txt")
        expect(.undeclaredFile, file: "extra.txt")
        try files.removeItem(atPath: bench.media + "/extra.txt")
        try bench.write([1], "media/segments/000099.zst.age")
        expect(.undeclaredFile, file: "segments/000099.zst.age")
    }

    @Test func symbolicLinks() throws {
        try files.moveItem(atPath: bench.media + "/" + segment, toPath: bench.path("elsewhere"))
        try files.createSymbolicLink(atPath: bench.media + "/" + segment, withDestinationPath: bench.path("elsewhere"))
        expect(.symlink, file: segment)
        try files.removeItem(atPath: bench.media + "/" + segment)
        try files.moveItem(atPath: bench.path("elsewhere"), toPath: bench.media + "/" + segment)
        #expect(bench.refusal() == nil)

        try files.moveItem(atPath: bench.media + "/segments", toPath: bench.path("segments"))
        try files.createSymbolicLink(atPath: bench.media + "/segments", withDestinationPath: bench.path("segments"))
        expect(.symlink, file: "segments")
        try files.removeItem(atPath: bench.media + "/segments")
        try files.moveItem(atPath: bench.path("segments"), toPath: bench.media + "/segments")

        try files.moveItem(atPath: bench.manifestURL.path, toPath: bench.path("manifest"))
        try files.createSymbolicLink(atPath: bench.manifestURL.path, withDestinationPath: bench.path("manifest"))
        expect(.symlink, file: SubmissionManifest.fileName)
    }

    /// A file swapped for a link after the listing is still not followed.
    @Test func linksThatAppearLater() throws {
        let submission = try bench.open()
        try files.moveItem(atPath: bench.media + "/" + segment, toPath: bench.path("elsewhere"))
        try files.createSymbolicLink(atPath: bench.media + "/" + segment, withDestinationPath: bench.path("elsewhere"))
        #expect {
            try SubmissionReceiver(submission, identities: [bench.appliance]).receiveAll(into: Bench.Collector())
        } throws: { ($0 as? MediaError)?.code == .symlink }
    }

    @Test func devicesFifosAndFoldersInPlaceOfFiles() throws {
        try files.removeItem(atPath: bench.media + "/" + segment)
        #expect(mkfifo(bench.media + "/" + segment, 0o600) == 0)
        expect(.notRegular, file: segment)
        try files.removeItem(atPath: bench.media + "/" + segment)
        try files.createDirectory(atPath: bench.media + "/" + segment, withIntermediateDirectories: false)
        expect(.missingFile, file: segment)
    }

    @Test func strangeNames() throws {
        try bench.write([1], "media/.hidden")
        expect(.path, file: ".hidden")
        try files.removeItem(atPath: bench.media + "/.hidden")
        try bench.write([1], "media/with space\u{1b}[2J")
        expect(.path, file: "with\\x20space\\x1b[2J")
        try files.removeItem(atPath: bench.media + "/with space\u{1b}[2J")
        try bench.write([1], "media/Segments")
        expect(.duplicate)
    }

    @Test func noMediumAtAll() throws {
        #expect { try VerifiedSubmission(at: bench.path("none"), labKeys: []) } throws: {
            ($0 as? MediaError)?.code == .unreadable
        }
        #expect { try VerifiedSubmission(at: bench.path("train.log"), labKeys: []) } throws: {
            ($0 as? MediaError)?.code == .notADirectory
        }
        try files.createSymbolicLink(atPath: bench.path("link"), withDestinationPath: bench.media)
        for path in ["link", "link/", "link//"] {
            #expect { try VerifiedSubmission(at: bench.path("") + "/" + path, labKeys: []) } throws: {
                ($0 as? MediaError)?.code == .symlink
            }
        }
        try files.removeItem(at: bench.manifestURL)
        expect(.manifestMissing)
    }

    // MARK: - The manifest

    @Test func unsignedAndWronglySignedManifests() throws {
        let statement = try bench.statement()
        func put(_ signatures: [DSSEEnvelope.Signature], payload: String? = nil) throws {
            let envelope = DSSEEnvelope(
                payloadType: SubmissionManifest.payloadType, payload: Array((payload ?? statement).utf8),
                signatures: signatures)
            try Data(envelope.encoded()).write(to: bench.manifestURL)
        }
        let good = DSSEEnvelope.sign(
            payload: Array(statement.utf8), payloadType: SubmissionManifest.payloadType, with: [bench.lab]).signatures
        try put(good)
        #expect(bench.refusal() == nil)
        try put([])
        expect(.unsigned)
        try put(good, payload: statement.replacingOccurrences(of: "Test model", with: "Text model"))
        expect(.signatureInvalid)
        var signature = good[0].bytes
        signature[10] ^= 1
        try put([.init(keyID: good[0].keyID, bytes: signature)])
        expect(.signatureInvalid)
        // Signed with the right key, but as another type of payload: nothing transfers.
        let other = DSSEEnvelope.sign(payload: Array(statement.utf8), payloadType: "text/plain", with: [bench.lab])
        try Data(other.encoded()).write(to: bench.manifestURL)
        expect(.statement)
        try put(other.signatures)
        expect(.signatureInvalid)
        try bench.resign(statement, with: .generate())
        expect(.unknownSigner)
    }

    @Test func malformedAndOversizedManifests() throws {
        for text in ["", "{", "[]", "{}", #"{"payload":"","payload":"","payloadType":"","signatures":[]}"#, "\u{0}"] {
            try Data(text.utf8).write(to: bench.manifestURL)
            expect(.manifestMalformed)
        }
        // What a message quotes cannot steer a terminal.
        try Data("{\"a\\u001b[2Jb\":1}".utf8).write(to: bench.manifestURL)
        #expect(bench.refusal()?.description.contains("\u{1b}") == false)
        #expect(bench.refusal()?.description.contains("\\u{1b}[2J") == true)
        try Data().write(to: bench.manifestURL)
        #expect(truncate(bench.manifestURL.path, off_t(SubmissionManifest.maximumBytes + 1)) == 0)
        expect(.manifestTooLarge)
    }

    /// What a signature does not save: a statement that breaks the schema.
    @Test(arguments: [
        (#""path":"segments/000000.zst.age""#, #""path":"../segments/000000.zst.age""#, MediaError.Code.path),
        (#""path":"segments/000000.zst.age""#, #""path":"/etc/passwd""#, .path),
        (#""path":"segments/000000.zst.age""#, #""path":"segments//000000.zst.age""#, .path),
        (#""path":"segments/000000.zst.age""#, #""path":"segments/..""#, .path),
        (#""path":"segments/000000.zst.age""#, #""path":"segments/a\u0000b""#, .path),
        (#""path":"segments/000000.zst.age""#, #""path":"segments/000001.zst.age""#, .duplicate),
        (#""path":"segments/000000.zst.age""#, #""path":"manifest.dsse.json""#, .duplicate),
        (#""path":"segments/000000.zst.age""#, #""path":"segments/000077.zst.age""#, .missingFile),
        (#""transform":"none""#, #""transform":"planes""#, .statement),
        (#""compression":"zstd""#, #""compression":"gzip""#, .statement),
        (#""plainOffset":0"#, #""plainOffset":1"#, .statement),
        (#""plainSize":16,"#, #""plainSize":17,"#, .statement),
        (#""plainSize":16,"#, #""plainSize":-1,"#, .statement),
        (#""plainSize":16,"#, #""plainSize":99999999999,"#, .statement),
        (#""plainSize":16,"#, #""plainSize":1.5,"#, .statement),
        (#""created":"2"#, #""created":"X"#, .statement),
        (#""release":"open-weights""#, #""release":"whatever""#, .declaration),
        (#""contact":"lab@example.org""#, #""contact":"""#, .declaration),
        (#""contact":"lab@example.org""#, #""contact":"a\u202eb""#, .declaration),
        (#""licence":"Apache-2.0","#, "", .declaration),
        (#""licence":"Apache-2.0","#, #""licence":"Apache-2.0","more":1,"#, .declaration),
        (#""kind":"training-log""#, #""kind":"executable""#, .statement),
        (#""lab":"Test lab""#, #""lab":"Test lab","extra":1"#, .statement),
        (#""recipients":["#, #""recipients":[{"age":"age1x","name":"test appliance"},"#, .statement),
        (#""recipients":["#, #""recipients":[{"age":"age1x"},"#, .statement),
        (#""recipients":["#, #""recipients":[],"r":["#, .statement),
        (#""predicateType":"urn:assay:sealed-submission:v1""#, #""predicateType":"urn:assay:evidence:v1""#, .statement),
        (#""name":"train.log""#, #""name":"train.txt""#, .statement),
        (#""kind":"weights""#, #""kind":"other""#, .statement),
    ])
    func schema(_ from: String, _ to: String, _ code: MediaError.Code) throws {
        try bench.edit(from, to)
        expect(code)
    }

    @Test func duplicateFileNames() throws {
        try bench.edit("croissant.json", "TRAIN.log")
        expect(.duplicate)
    }

    // MARK: - Segments

    /// One changed byte, wherever it lies, is told from a wrong seal by the signed digest.
    @Test func changedBytes() throws {
        let original = try bench.read("media/" + segment)
        for index in [0, 30, 80, 150, original.count / 2, original.count - 1] {
            try change(segment) { $0[index] ^= 0x40 }
            expect(.segmentDigest, file: segment)
            #expect(try bench.open().examine().map(\.error.code) == [.segmentDigest])
            try bench.write(original, "media/" + segment)
        }
        #expect(bench.refusal() == nil)
    }

    @Test func swappedSegments() throws {
        let (one, two) = (try bench.read("media/segments/000000.zst.age"), try bench.read("media/segments/000001.zst.age"))
        try bench.write(two, "media/segments/000000.zst.age")
        try bench.write(one, "media/segments/000001.zst.age")
        #expect([.segmentTruncated, .segmentOversized, .segmentDigest].contains(bench.refusal()?.code))
    }

    @Test func wrongRecipient() throws {
        let submission = try bench.open()
        let other = try X25519Identity.generate()
        #expect { try submission.checkRecipient(other.recipient.text) } throws: {
            ($0 as? MediaError)?.code == .wrongRecipient
        }
        #expect {
            try SubmissionReceiver(submission, identities: [other]).receiveAll(into: Bench.Collector())
        } throws: { ($0 as? MediaError)?.code == .wrongRecipient }
        // The manifest names this appliance, the segment is sealed to another.
        let plain = Bench.gguf()
        let fresh = try Bench()
        try fresh.forge(zstd: Bench.rawFrame(plain), plain: plain, recipient: other.recipient)
        #expect(fresh.refusal()?.code == .wrongRecipient)
    }

    @Test func lyingSegments() throws {
        let plain = Bench.gguf()
        func code(_ zstd: [UInt8], size: Int? = nil, digest: SHA256Digest? = nil, path: String = "weights.gguf") throws
            -> MediaError.Code? {
            let fresh = try Bench()
            try fresh.forge(zstd: zstd, plain: plain, path: path, digest: digest, size: size)
            return fresh.refusal()?.code
        }
        let frame = Bench.rawFrame(plain)
        #expect(try code(frame) == nil)
        #expect(try code(frame, size: plain.count + 1) == .decompressionSize)
        #expect(try code(frame, size: plain.count - 1) == .decompressionSize)
        #expect(try code(frame, digest: .of([])) == .fileDigest)
        #expect(try code(Array(frame.dropLast())) == .compression)
        #expect(try code([]) == .decompressionSize)
        #expect(try code([0x28]) == .compression)
        #expect(try code(frame + [1, 2, 3, 4, 5]) == .compression)
        // A skippable frame, which other readers pass over in silence.
        #expect(try code([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2] + frame) == .compression)
        #expect(try code(frame + [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]) == .compression)
        // A window of 128 MiB.
        #expect(try code(Bench.rawFrame(plain, windowDescriptor: 17 << 3)) == .compression)
        // 4 GiB out of 128 KiB in: refused at the first byte too many, in flat memory.
        #expect(try code(Bench.bomb(blocks: 32_768)) == .decompressionSize)
    }

    @Test func pickleOnMedia() throws {
        func code(_ plain: [UInt8], path: String) throws -> MediaError.Code? {
            let fresh = try Bench()
            try fresh.forge(zstd: Bench.rawFrame(plain), plain: plain, path: path)
            return fresh.refusal()?.code
        }
        #expect(try code([0x80, 0x02, 0x7d, 0x71, 0x2e], path: "model.safetensors") == .pickle)
        #expect(try code(Array("PK".utf8) + [3, 4, 20, 0] + Array("model/data.pkl".utf8), path: "w.gguf") == .pickle)
        #expect(try code(Array("cos\nsystem\n".utf8), path: "pytorch_model.bin") == .pickle)
        #expect(try code(Array("cos\nsystem\n".utf8), path: "w.gguf") == .weightsFormat)
        // A safetensors header of 640 bytes begins with the two bytes of a pickle.
        let safetensors: [UInt8] = [0x80, 0x02, 0, 0, 0, 0, 0, 0, 0x7b] + [UInt8](repeating: 0x20, count: 5000)
        #expect(try code(safetensors, path: "w.safetensors") == nil)
        #expect(try code(Bench.gguf(), path: "gguf.bin") == nil)
    }

    // MARK: - Mutations

    /// Changed manifests never trap, and never are taken for signed ones.
    @Test func mutatedManifests() throws {
        let original = Array(try Data(contentsOf: bench.manifestURL))
        let statement = Array(try bench.statement().utf8)
        var random = SystemRandomNumberGenerator()
        let deadline = Date(timeIntervalSinceNow: 2)
        var runs = 0
        while Date() < deadline {
            runs += 1
            var bytes = runs.isMultiple(of: 2) ? original : statement
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let (one, two) = (bytes.indices.randomElement(using: &random)!, bytes.indices.randomElement(using: &random)!)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[one] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: one)
                case 2: bytes.insert(contentsOf: bytes[min(one, two)..<min(max(one, two), min(one, two) + 50)], at: one)
                default: bytes.insert(Array(#"{}[]",:0\#n"#.utf8).randomElement(using: &random)!, at: one)
                }
            }
            if runs.isMultiple(of: 2) {
                try Data(bytes).write(to: bench.manifestURL)
                do {
                    // White space around the JSON is all that may differ.
                    let submission = try bench.open()
                    #expect(submission.submissionID == SHA256Digest.of(statement).hex)
                } catch is MediaError {}
            } else {
                // Behind the signature: any statement either reads or is refused, and what reads can be written.
                guard let manifest = try? SubmissionManifest(statement: bytes) else { continue }
                #expect(try SubmissionManifest(statement: manifest.statement()) == manifest)
            }
        }
        #expect(runs > 100)
    }

    /// Segments with changed bytes behind a matching signature: refused, whatever the change meets.
    @Test func mutatedFrames() throws {
        let plain = Array("GGUF".utf8) + (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let frame = Bench.rawFrame(plain)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var bytes = frame
            bytes[Int.random(in: 0..<12, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            let fresh = try Bench()
            try fresh.forge(zstd: bytes, plain: plain)
            if let error = fresh.refusal() {
                #expect(error.file != nil && error.code != .receipt)
            }
        }
    }
}
