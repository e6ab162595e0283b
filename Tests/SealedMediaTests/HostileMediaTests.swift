import AuditCrypto
import Foundation
import SealedMedia
import Testing

/// Media made to harm whoever reads them: each is refused with its code and its place, in bounded time, or is read as it was signed.
@Suite("hostile media")
struct HostileMediaTests {
    let bench: Bench
    let files = FileManager.default

    init() throws { bench = try Bench() }

    var segment: String { "segments/000000.zst.age" }
    var piece: String { "repair/00000.rs" }
    var copy: String { "repair/manifest.dsse.json" }

    /// Weights and a text, with repair data.
    @discardableResult
    func seal(repair: String? = "5%") throws -> SubmissionSealer.Result {
        try bench.write(Bench.gguf(), "weights.gguf")
        try bench.write(Array("step 1 loss 2.5\n".utf8), "train.log")
        return try SubmissionSealer(
            declaration: bench.declaration(), lab: "Test lab", recipients: [bench.keys.mediaRecipient], key: bench.lab,
            repair: repair.flatMap { RepairShare($0) }
        ).seal(bench.inputs([("weights.gguf", .weights), ("train.log", .trainingLog)]), into: bench.media)
    }

    func expect(_ code: MediaError.Code?, file: String? = nil, seconds: Double = 20, location: SourceLocation = #_sourceLocation) {
        let clock = ContinuousClock.now
        let error = bench.refusal()
        #expect(error?.code == code, "\(error.map(String.init(describing:)) ?? "taken in")", sourceLocation: location)
        if let file { #expect(error?.file == file, sourceLocation: location) }
        #expect(error?.advice.isEmpty != true, sourceLocation: location)
        #expect(ContinuousClock.now - clock < .seconds(seconds), sourceLocation: location)
    }

    func at(_ name: String) -> String { "\(bench.media)/\(name)" }

    /// As `assay-lab check` and repairing do: what a failing medium does is noted.
    func tolerated() throws -> [MediaDamage] {
        let submission = try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey], toleratesDamage: true)
        return try submission.damage + submission.examine()
    }

    func code(_ body: () throws -> Void) -> MediaError.Code? {
        do {
            try body()
            return nil
        } catch { return (error as? MediaError)?.code ?? .receipt }
    }

    // MARK: - Decompression bombs

    /// In planes or not: what comes out is held to what was signed, at the first byte too many.
    @Test(arguments: MediaTransform.allCases)
    func bombs(transform: MediaTransform) throws {
        let plain = Bench.gguf()
        let run = [UInt8](repeating: 0, count: 1)
        func expect(_ code: MediaError.Code, _ frames: [UInt8], size: Int? = nil, location: SourceLocation = #_sourceLocation) throws {
            try bench.forge(zstd: frames, plain: plain, size: size, transform: transform)
            self.expect(code, file: segment, location: location)
        }
        // One frame of 4 GiB; 65,536 frames, of 8 GiB together; as many as a segment holds at most.
        try expect(.decompressionSize, Bench.bomb(blocks: 32_768))
        try expect(.decompressionSize, Array(repeatElement(Bench.bomb(blocks: 1), count: 65_536).joined()))
        try expect(.decompressionSize, Array(repeatElement(Bench.bomb(blocks: 1), count: 65_536).joined()), size: MediaSegment.maximumPlainSize)
        // The last byte is one too many.
        let most = Bench.bomb(blocks: MediaSegment.maximumPlainSize >> 17)
        try expect(.decompressionSize, most + Bench.rawFrame([1]), size: MediaSegment.maximumPlainSize)
        // Nothing comes out of 16 MiB: frames that are empty, and blocks that are.
        let empty = Bench.frame(0x58, blocks: [(type: 0, size: 0, content: [])])
        try expect(.decompressionSize, Array(repeatElement(empty, count: (16 << 20) / empty.count).joined()))
        let blocks = [UInt8](repeating: 0, count: 3 * (5 << 20))
        try expect(.decompressionSize, [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58] + blocks + [1, 0, 0])
        // It says in its own header that it is vast, or needs a vast window, or a dictionary; or it ends too soon, or has more behind it.
        for claim: UInt64 in [8 << 20 | 1, 1 << 50, .max] {
            let size = (0..<8).map { UInt8(truncatingIfNeeded: claim >> (8 * UInt64($0))) }
            try expect(.compression, [0x28, 0xb5, 0x2f, 0xfd, 0xE0] + size + [1, 0, 0])
        }
        for window: UInt8 in [13 << 3 | 1, 14 << 3, 17 << 3, 31 << 3 | 7] { try expect(.compression, Bench.rawFrame(plain, windowDescriptor: window)) }
        try expect(.compression, [0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 7, 1, 0, 0])
        try expect(.compression, Array(Bench.rawFrame(plain).dropLast()))
        try expect(.compression, Bench.rawFrame(plain) + run)
        for number: UInt8 in 0...15 {
            for length: [UInt8] in [[0, 0, 0, 0], [1, 0, 0, 0], [255, 255, 255, 255]] {
                let skipped = [0x50 | number, 0x2a, 0x4d, 0x18] + length + run
                if number == 0 { try expect(.compression, skipped + Bench.rawFrame(plain)) }
                try expect(.compression, Bench.rawFrame(plain) + skipped)
            }
        }
        // The window that every decoder has to support is taken.
        try bench.forge(zstd: Bench.rawFrame(plain, windowDescriptor: 13 << 3), plain: plain)
        self.expect(nil)
    }

    // MARK: - Absurd lengths

    @Test(arguments: [
        (#""size":16"#, #""size":1125899906842624"#, MediaError.Code.statement), (#""size":16"#, #""size":1125899906842625"#, .statement),
        (#""size":16"#, #""size":9223372036854775807"#, .statement), (#""size":16"#, #""size":9223372036854775808"#, .statement),
        (#""size":16"#, #""size":1e15"#, .statement), (#""size":16"#, #""size":-16"#, .statement), (#""size":16"#, #""size":"16""#, .statement),
        (#""plainSize":16,"#, #""plainSize":16777216,"#, .statement), (#""plainSize":16,"#, #""plainSize":16777217,"#, .statement),
        (#""plainSize":16,"#, #""plainSize":0,"#, .statement), (#""plainSize":16,"#, #""plainSize":9223372036854775807,"#, .statement),
        (#""plainOffset":0"#, #""plainOffset":1125899906842624"#, .statement), (#""plainOffset":0"#, #""plainOffset":9223372036854775807"#, .statement),
        (#""plainOffset":0"#, #""plainOffset":-1"#, .statement), (#""sealedSize":"#, #""sealedSize":17825793,"x":"#, .statement),
        (#""sealedSize":"#, #""sealedSize":1"#, .segmentTruncated), (#""sealedSize":"#, #""sealedSize":9999999"#, .statement),
        (#""segments":["#, #""segments":[],"s":["#, .statement), (#""v":1},"predicateType""#, #""v":2},"predicateType""#, .statement),
        (#""v":1},"predicateType""#, #""v":1,"volumes":0},"predicateType""#, .statement),
        (#""v":1},"predicateType""#, #""v":1,"volumes":1},"predicateType""#, .statement),
        (#""v":1},"predicateType""#, #""v":1,"volumes":2},"predicateType""#, .statement),
        (#""v":1},"predicateType""#, #""v":1,"volumes":1000},"predicateType""#, .statement),
        (#""v":1},"predicateType""#, #""v":1,"volumes":1001},"predicateType""#, .statement),
        (#""v":1},"predicateType""#, #""v":1,"volumes":9223372036854775807},"predicateType""#, .statement),
        (#""transform":"none""#, #""transform":"none","volume":1"#, .statement), (#""transform":"none""#, #""transform":"none","volume":0"#, .statement),
        (#""transform":"none""#, #""transform":"none","volume":1001"#, .statement),
    ])
    func absurdNumbers(from: String, to: String, code: MediaError.Code) throws {
        try seal(repair: nil)
        let statement = try bench.statement()
        try bench.resign(statement.replacing(from, with: to, maxReplacements: 1))
        #expect(!statement.contains(to) && statement.contains(from))
        expect(code)
    }

    @Test(arguments: [
        (#""groups":1"#, #""groups":-1"#), (#""groups":1"#, #""groups":3"#), (#""groups":1"#, #""groups":9223372036854775807"#),
        (#""pieces":["#, #""pieces":[],"p":["#), (#""sealedSize":8192"#, #""sealedSize":16384"#), (#""sealedSize":8192"#, #""sealedSize":0"#),
        (#""sealedSize":8192"#, #""sealedSize":17825793"#), (#""sealedSize":8192"#, #""sealedSize":9223372036854775807"#),
        (#""code":"cauchy-gf65536""#, #""code":"cauchy-gf65536","more":1"#), (#""sealedSize":8192"#, #""sealedSize":8192,"volume":1"#),
    ])
    func absurdRepairData(from: String, to: String) throws {
        try seal()
        let statement = try bench.statement()
        let repair = try #require(statement.range(of: #""repair":{"#))
        let place = try #require(statement[repair.upperBound...].range(of: from))
        try bench.resign(statement.replacingCharacters(in: place, with: to))
        expect(.statement, file: SubmissionManifest.fileName)
    }

    /// A statement of so many segments and files, each as short as can be.
    func statement(files count: Int, segments: [Int], pieces: Int = 0, groups: Int = 1) throws -> [UInt8] {
        try bench.write(Bench.gguf(), "weights.gguf")
        let digest = SHA256Digest.of([])
        var number = 0
        let files = (0..<count).map { file in
            let own = file < segments.count ? segments[file] : 0
            defer { number += own }
            return MediaFile(path: "f\(file)", kind: .weights, size: own, digest: digest, segments: (0..<own).map {
                MediaSegment(MediaPart(path: "s\(number + $0)", sealedSize: 1, sealedDigest: digest), plainOffset: $0, plainSize: 1)
            })
        }
        let bytes = try SubmissionManifest(
            declaration: bench.declaration(), files: files, lab: "Test lab", recipients: [bench.keys.mediaRecipient], created: "2030-01-31T12:00:00Z"
        ).statement()
        guard pieces > 0 else { return bytes }
        let listed = (0..<pieces).map { #"{"path":"p\#($0)","sealedSha256":"\#(digest.hex)","sealedSize":8192}"# }.joined(separator: ",")
        let repair = #","repair":{"code":"cauchy-gf65536","groups":\#(groups),"pieces":[\#(listed)]},"v":1},"predicateType""#
        return Array(String(decoding: bytes, as: UTF8.self).replacing(#","v":1},"predicateType""#, with: repair, maxReplacements: 1).utf8)
    }

    @Test func tooManyFilesSegmentsAndPieces() throws {
        func read(_ statement: [UInt8]) -> MediaError? {
            do throws(MediaError) {
                _ = try SubmissionManifest(statement: statement)
                return nil
            } catch { return error }
        }
        #expect(read(try statement(files: 4096, segments: [])) == nil)
        let many = read(try statement(files: 4097, segments: []))
        #expect(many?.code == .statement && many?.message.contains("$.predicate.files: 4097 elements; at most 4096") == true)
        #expect(read(try statement(files: 1, segments: [160_000])) == nil)
        #expect(read(try statement(files: 1, segments: [160_001]))?.message.contains("$.predicate.files[0].segments: 160001 elements") == true)
        #expect(read(try statement(files: 2, segments: [80_000, 80_001]))?.code == .tooManyFiles)
        #expect(read(try statement(files: 1, segments: [159_940], pieces: 70, groups: 10))?.code == .tooManyFiles)
        // A group has 32,768 segments and 64 pieces at most.
        #expect(read(try statement(files: 1, segments: [32_768], pieces: 64)) == nil)
        #expect(read(try statement(files: 1, segments: [32_769], pieces: 64))?.code == .statement)
        #expect(read(try statement(files: 1, segments: [2], pieces: 65))?.code == .statement)
        #expect(read(try statement(files: 1, segments: [2], pieces: 3, groups: 2))?.code == .statement)
        #expect(read(try statement(files: 1, segments: [2], pieces: 160_001))?.message.contains("$.predicate.repair.pieces: 160001 elements") == true)
        #expect(read(try statement(files: 1, segments: [], pieces: 1))?.code == .statement)
    }

    @Test func bombsOfJSON() throws {
        try seal(repair: nil)
        let text = try bench.statement()
        // Behind a signature, and in its place.
        for bomb in [
            String(repeating: "[", count: 1 << 20), String(repeating: #"{"a":"#, count: 1 << 20), "[" + String(repeating: "0,", count: 4_000_000) + "0]",
            String(repeating: "9", count: 1 << 20), "\"" + String(repeating: "\\u0041", count: 1 << 20),
        ] {
            try bench.resign(bomb)
            expect(.statement, file: SubmissionManifest.fileName)
            try bench.write(Array(bomb.utf8), "media/" + SubmissionManifest.fileName)
            expect(.manifestMalformed, file: SubmissionManifest.fileName)
        }
        try bench.resign(text.replacing(#""lab":"Test lab""#, with: #""lab":"\#(String(repeating: "x", count: 1 << 22))""#))
        expect(.statement)
        try bench.resign(text.replacing(#""lab":"Test lab""#, with: #""lab":"Test lab","lab":"Test lab""#))
        expect(.statement)
        try bench.resign(text)
        expect(nil)
    }

    // MARK: - Repair data

    /// Pieces that the lab signed for, and that are none: what they give is not handed on.
    @Test func repairDataThatIsNone() throws {
        try seal()
        let signed = SHA256Digest.of(try bench.read("media/" + piece)).hex
        let other = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 13 >> 3) }
        try bench.write(other, "media/" + piece)
        try bench.resign(bench.statement().replacing(signed, with: SHA256Digest.of(other).hex))
        try bench.write(bench.read("media/" + SubmissionManifest.fileName), "media/" + copy)
        expect(nil)
        try files.removeItem(atPath: at(segment))
        let submission = try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey], toleratesDamage: true)
        #expect {
            try MediumRepair([submission], damage: submission.damage).run { _ in }
        } throws: { error in
            guard let error = error as? MediaError else { return false }
            return error.code == .beyondRepair && error.file == segment && error.message.contains("not what the lab signed for")
        }
        #expect(!files.fileExists(atPath: at(segment)))
    }
}
