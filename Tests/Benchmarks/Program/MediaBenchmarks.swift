import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import CZstd
import ContentStore
import Foundation
import SealedMedia
import Synchronization
import WeightFormats

/// Weights as models have them, and a folder that goes with the benchmark.
final class MediaBench: Sendable {
    let folder: String
    let lab = Ed25519PrivateKey.generate()
    let appliance: X25519Identity
    let keys: ApplianceKeys
    let bytes: Int

    /// - Parameter gibibytes: of weights; MEDIA_GIB overrides what is not given, 4.
    init(_ name: String, gibibytes: Double? = nil) throws {
        folder = ".bench/media-\(name)-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        appliance = try X25519Identity.generate()
        let key = Ed25519PrivateKey.generate().publicKey
        keys = try ApplianceKeys(
            name: "benchmark", recipient: appliance.recipient.text, ledgerKey: NoteVerifierKey(name: "assay.local/ledger/benchmark", publicKey: key),
            verdictKey: key)
        try (appliance.text + "\n").write(toFile: folder + "/identity", atomically: true, encoding: .utf8)
        let gibibytes = gibibytes ?? ProcessInfo.processInfo.environment["MEDIA_GIB"].flatMap { Double($0) } ?? 4
        bytes = Int(gibibytes * Double(1 << 30))
        try writeModel()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var model: String { folder + "/model.safetensors" }

    /// Gaussian bf16 in tensors of 32 MiB, each of another scale, as layers are.
    private func writeModel() throws {
        let tensorBytes = 32 << 20, count = max(1, bytes / tensorBytes)
        let entries = (0..<count).map { "\"t\($0)\":{\"dtype\":\"BF16\",\"shape\":[4096,4096],\"data_offsets\":[\($0 * tensorBytes),\(($0 + 1) * tensorBytes)]}" }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
        let file = try FileHandle(forWritingTo: URL(filePath: Self.created(model)))
        defer { try? file.close() }
        try file.write(contentsOf: withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + Data(header))
        // Drawn by the inverse of the distribution, in 65,536 steps.
        let quantiles = (0..<65_536).map { Self.quantile((Double($0) + 0.5) / 65_536) }
        var random = SystemRandomNumberGenerator()
        var state = UInt64.random(in: 1 ... .max, using: &random)
        for tensor in 0..<count {
            let scale = 0.01 + 0.03 * Double(tensor * 7919 % 101) / 101
            let table = quantiles.map { UInt16(truncatingIfNeeded: Float($0 * scale).bitPattern >> 16) }
            let weights = [UInt16](unsafeUninitializedCapacity: tensorBytes / 2) { weights, filled in
                for index in stride(from: 0, to: tensorBytes / 2, by: 4) {
                    state ^= state << 13
                    state ^= state >> 7
                    state ^= state << 17
                    for part in 0..<4 { weights[index + part] = table[Int(UInt16(truncatingIfNeeded: state >> UInt64(16 * part)))] }
                }
                filled = tensorBytes / 2
            }
            try weights.withUnsafeBytes { try file.write(contentsOf: Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: $0.baseAddress!), count: $0.count, deallocator: .none)) }
        }
        try file.synchronize()
    }

    /// By bisection of the error function.
    private static func quantile(_ probability: Double) -> Double {
        var (low, high) = (-8.0, 8.0)
        while high - low > 1e-9 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
        }
        return low
    }

    private static func created(_ path: String) -> String {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        return path
    }

    /// - Parameter model: another than the one that was made here.
    func seal(_ model: String? = nil, into media: String, repair: RepairShare? = nil) throws -> SubmissionSealer.Result {
        let model = model ?? self.model
        let declaration = Declaration(
            name: "Benchmark", version: "1", base: nil, release: .openWeights, licence: "none", contact: "nobody", notes: nil,
            architecture: try ArchitectureSummary([WeightContainer.open(MappedFile(path: model))], family: "llama"))
        return try SubmissionSealer(declaration: declaration, lab: "Benchmark", recipients: [keys.mediaRecipient], key: lab, repair: repair)
            .seal([SealInput(source: model, path: "model.safetensors", kind: .weights)], into: media)
    }

    /// Takes the medium in.
    func stage() throws {
        let store = SubmissionStore(try StoreDatabase(folder: folder + "/store"), key: SecretBytes(count: 32) { $0.update(repeating: 1, count: 32) })
        _ = try store.stage(media: folder + "/media", labs: [lab.publicKey], identity: appliance) { _ in }
    }

    /// Runs a pipeline in the folder.
    func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "set -e -o pipefail; cd \(folder); \(script)"]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkError(description: "failed: \(script)") }
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
}

/// A model's weights on their way out of the lab.
struct MediaSeal: Benchmark {
    let name = "media-seal"
    let summary = "bf16 weights sealed, beside tar | zstd -3 -T0 | age"

    func run() throws -> [Figure] {
        let bench = try MediaBench("seal")
        var sealed = 0
        let rates = try PairedRates.measure(rounds: 3) {
            defer { try? bench.remove("media") }
            let time = try seconds { sealed = try bench.seal(into: bench.folder + "/media").sealedBytes }
            return Double(bench.bytes) / time / 1e6
        } peer: {
            defer { try? bench.remove("peer.age") }
            let time = try seconds {
                try bench.shell("tar cf - model.safetensors | zstd -3 -T0 -q | age -r \(bench.keys.recipient) > peer.age; sync peer.age")
            }
            return Double(bench.bytes) / time / 1e6
        }
        PeakMemory.reset()
        _ = try bench.seal(into: bench.folder + "/media")
        return [
            Figure(name: "\(name).memory", value: PeakMemory.megabytes, unit: "MB at most"),
            rates.figure("\(name).throughput", unit: "MB/s", peer: "tar | zstd -3 -T0 | age"),
            Figure(name: "\(name).size", value: Double(sealed) / Double(bench.bytes), unit: "of the original"),
        ]
    }
}

/// The same on its way into the appliance.
struct MediaIngest: Benchmark {
    let name = "media-ingest"
    let summary = "sealed bf16 weights verified, opened and stored encrypted, beside age -d | zstd -d | tar x and sha256sum -c"

    func run() throws -> [Figure] {
        let bench = try MediaBench("ingest")
        _ = try bench.seal(into: bench.folder + "/media")
        try bench.shell(
            "tar cf - model.safetensors | zstd -3 -T0 -q | age -r \(bench.keys.recipient) > peer.age; sha256sum model.safetensors > sums; rm model.safetensors; sync")
        let rates = try PairedRates.measure(rounds: 3) {
            defer { try? bench.remove("store") }
            return Double(bench.bytes) / (try seconds { try bench.stage() }) / 1e6
        } peer: {
            defer { try? bench.remove("model.safetensors") }
            let time = try seconds { try bench.shell("age -d -i identity peer.age | zstd -d -q | tar xf -; sync model.safetensors; sha256sum --quiet -c sums") }
            return Double(bench.bytes) / time / 1e6
        }
        let parts = try PairedRates.measure(rounds: 3) {
            defer { try? bench.remove("store") }
            return Double(bench.bytes) / (try seconds { try bench.stage() }) / 1e6
        } peer: {
            Double(bench.bytes) / (try Primitives(bench).total) / 1e6
        }
        PeakMemory.reset()
        try bench.stage()
        return [
            rates.figure("\(name).throughput", unit: "MB/s", peer: "age -d | zstd -d | tar x, then sha256sum -c"),
            parts.figure("\(name).of-primitives", unit: "MB/s", peer: "reading, SHA-256, ChaCha20-Poly1305 and zstd, each alone, on all processors"),
            Figure(name: "\(name).memory", value: PeakMemory.megabytes, unit: "MB at most"),
        ]
    }

}

/// What taking in a medium consists of, done on all processors, each part's time taken by itself.
private struct Primitives {
    /// As if nothing else had been done, on as many processors.
    let total: Double

    init(_ bench: MediaBench) throws {
        let submission = try VerifiedSubmission(at: bench.folder + "/media", labKeys: [bench.lab.publicKey])
        let segments = submission.manifest.files.flatMap(\.segments)
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let spent = Mutex(0.0), failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: processors) { worker in
            do {
                for index in stride(from: worker, to: segments.count, by: processors) {
                    let time = try Self.time(segments[index], bench)
                    spent.withLock { $0 += time }
                }
            } catch { failure.withLock { $0 = error } }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        total = spent.withLock { $0 } / Double(processors)
    }

    private static func time(_ segment: MediaSegment, _ bench: MediaBench) throws -> Double {
        var sealed = Data(), payload: [UInt8] = []
        var time = try seconds { sealed = try Data(contentsOf: URL(filePath: "\(bench.folder)/media/\(segment.path)")) }
        time += seconds { hash(sealed) }
        let reader = try AgeReader(source: MemorySource(sealed), identities: [bench.appliance])
        payload.reserveCapacity(sealed.count)
        time += try seconds { while let chunk = try reader.next() { chunk.withBytes { payload.append(contentsOf: $0) } } }
        var plain = [UInt8](repeating: 0, count: segment.plainSize)
        var count = 0
        time += seconds { count = ZSTD_decompress(&plain, plain.count, payload, payload.count) }
        guard count == plain.count else { throw BenchmarkError(description: "\(segment.path) holds \(count) bytes") }
        return time + seconds { hash(plain) }
    }

    private static func hash(_ bytes: some ContiguousBytes) {
        var digest = BulkSHA256()
        bytes.withUnsafeBytes { digest.update($0) }
        _ = digest.finalize()
    }
}

/// The most memory that this process had at a time.
enum PeakMemory {
    static func reset() { try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8) }

    static var megabytes: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").compactMap { Double($0) }.first ?? 0) / 1024
    }
}
