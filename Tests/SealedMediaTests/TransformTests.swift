import Foundation
import SealedMedia
import Testing

/// What weights are made smaller by, and that all of them come back.
@Suite struct TransformTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    /// Seals weights that follow a GGUF header, and opens them again.
    private func sealed(_ weights: [UInt8], kind: MediaFileKind = .weights) throws -> MediaFile {
        // As much as one tensor's header, so that the weights begin at a multiple of 32.
        let plain = Bench.gguf() + weights
        try bench.write(Bench.gguf(), "declared.gguf")
        try bench.write(plain, "weights.gguf")
        let sealer = SubmissionSealer(
            declaration: try bench.declaration(weights: "declared.gguf"), lab: "Test lab", recipients: [bench.keys.mediaRecipient], key: bench.lab)
        let result = try sealer.seal(bench.inputs([("weights.gguf", kind)] + (kind == .weights ? [] : [("declared.gguf", .weights)])), into: bench.media)
        #expect(try bench.receive().files["weights.gguf"] == plain)
        return result.manifest.files[0]
    }

    private func ratio(_ file: MediaFile) -> Double {
        Double(file.segments.reduce(0) { $0 + $1.sealedSize }) / Double(file.size)
    }

    /// Of bf16 the high byte's 2.6 bits are left, of f32 those too: (1 + 0.33) / 2, (3 + 0.33) / 4.
    @Test(arguments: [(2, MediaTransform.planes2, 0.67), (4, .planes4, 0.85)])
    func gaussianWeights(bytes: Int, transform: MediaTransform, most: Double) throws {
        let file = try sealed(Bench.gaussian(count: (20 << 20) / bytes, bytes: bytes))
        #expect(file.segments.map(\.transform) == [transform, transform])
        #expect(ratio(file) <= most)
    }

    /// Whatever the length, and wherever an element's first byte comes to stand.
    @Test(arguments: [65_536, 65_537, 1 << 20, 1 << 20 | 1, 1 << 20 | 3, 3 << 20 | 2, 16 << 20, 16 << 20 | 70_001])
    func everyByteComesBack(count: Int) throws {
        for shift in 0..<4 {
            let weights = [UInt8](repeating: 0, count: shift) + Bench.gaussian(count: count / 2, bytes: 2).prefix(count - shift)
            _ = try sealed(weights)
            try FileManager.default.removeItem(atPath: bench.media)
        }
    }

    @Test func noiseIsNotMadeLarger() throws {
        var random = SystemRandomNumberGenerator()
        let noise = (0..<(9 << 20) / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
        #expect(ratio(try sealed(noise)) < 1.001)
    }

    /// Text among the weights, as vocabularies are, repeats itself.
    @Test func repetitionsAreFound() throws {
        let file = try sealed(Array(String(repeating: "the same words, again and again; ", count: 100_000).utf8))
        #expect(file.segments[0].transform == .none)
        #expect(ratio(file) < 0.01)
    }

    @Test func otherFilesAreNotMeasured() throws {
        let file = try sealed(Bench.gaussian(count: 1 << 20, bytes: 2), kind: .other)
        #expect(file.segments.map(\.transform) == [.none])
    }

    /// The rule that the format document gives, run by Python over what age and zstd give out.
    @Test(arguments: [2, 4])
    func opensWithOtherPrograms(bytes: Int) throws {
        for program in ["age", "zstd", "python3"] {
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)") else { return }
        }
        let file = try sealed(Bench.gaussian(count: 3_000_001 / bytes, bytes: bytes))
        let segment = try #require(file.segments.first)
        #expect(segment.transform.width == bytes)
        try Data((bench.appliance.text + "\n").utf8).write(to: bench.folder.appendingPathComponent("key"))
        let rule = """
            import sys
            z, w = sys.stdin.buffer.read(), \(bytes)
            for b in (z[i:i + 2**20] for i in range(0, len(z), 2**20)):
                n = len(b) // w; e = (int.from_bytes(b[i:w * n:n], "little") for i in range(n))
                sys.stdout.buffer.write(b"".join((v >> 1 | (v & 1) << 8 * w - 1).to_bytes(w, "little") for v in e) + b[w * n:])
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", #"age -d -i "$1" "$2" | zstd -d -q | python3 -c "$3" > "$4""#, "sh", bench.path("key"),
            bench.media + "/" + segment.path, rule, bench.path("plain"),
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try bench.read("plain") == bench.read("weights.gguf"))
    }
}
