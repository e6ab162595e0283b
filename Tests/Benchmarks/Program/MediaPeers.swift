import CanonicalEncoding
import Foundation
import SealedMedia
import WeightFormats

/// Programs that store files small and encrypted (restic), or weights small (ZipNN), on the same weights.
struct MediaPeers: Benchmark {
    let name = "media-peers"
    let summary = "bf16 weights sealed, beside restic (Debian's; compressed, encrypted) and ZipNN (compressed only)"

    func run() throws -> [Figure] {
        let bench = try MediaBench("peers")
        var sealed = 0, restic = 0, zipnn = 0
        func ours() throws -> Double {
            defer { try? bench.remove("media") }
            let time = try seconds { sealed = try bench.seal(into: bench.folder + "/media").sealedBytes }
            return Double(bench.bytes) / time / 1e6
        }
        try "passphrase\n".write(toFile: bench.folder + "/password", atomically: true, encoding: .utf8)
        let besideRestic = try PairedRates.measure(rounds: 3, ours: ours) {
            defer { try? bench.remove("restic") }
            try bench.shell("restic -q -p password -r restic init --repository-version 2 > /dev/null")
            let time = try seconds { try bench.shell("restic -q -p password -r restic backup model.safetensors; sync -f restic") }
            restic = try Self.size(of: bench.folder + "/restic")
            return Double(bench.bytes) / time / 1e6
        }
        let besideZipNN = try PairedRates.measure(rounds: 3, ours: ours) {
            let answer = try LineProcess.result([
                BenchFiles.peers, "zipnn_file", bench.model, bench.folder + "/zipnn",
            ])
            zipnn = Int(answer["bytes"]?.integer ?? 0)
            guard case .number(let time)? = answer["seconds"], zipnn > 0 else { throw BenchmarkError(description: "ZipNN gave no figures") }
            return Double(bench.bytes) / time / 1e6
        }
        func size(_ name: String, _ peer: String, _ bytes: Int) -> Figure {
            Figure(
                name: name, value: Double(sealed) / Double(bench.bytes), unit: "of the original", peer: peer,
                peerValue: Double(bytes) / Double(bench.bytes), ratio: Double(sealed) / Double(bytes))
        }
        return [
            besideRestic.figure("\(name).restic", unit: "MB/s", peer: "restic backup"), size("\(name).restic-size", "restic", restic),
            besideZipNN.figure("\(name).zipnn", unit: "MB/s", peer: "ZipNN, which does not encrypt"), size("\(name).zipnn-size", "ZipNN", zipnn),
        ]
    }

    private static func size(of folder: String) throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(0) { sum, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            return attributes[.type] as? FileAttributeType == .typeRegular ? sum + ((attributes[.size] as? NSNumber)?.intValue ?? 0) : sum
        }
    }
}

/// What repair data costs, and what giving back takes.
struct MediaRepair: Benchmark {
    let name = "media-repair"
    let summary = "5% repair data made beside sealing alone, and 5% of the segments given back beside reading and hashing them"

    func run() throws -> [Figure] {
        let bench = try MediaBench("repair")
        let share = RepairShare("5%")
        let sealing = try PairedRates.measure(rounds: 3) {
            defer { try? bench.remove("media") }
            return Double(bench.bytes) / (try seconds { _ = try bench.seal(into: bench.folder + "/media", repair: share) }) / 1e6
        } peer: {
            defer { try? bench.remove("media") }
            return Double(bench.bytes) / (try seconds { _ = try bench.seal(into: bench.folder + "/media") }) / 1e6
        }
        PeakMemory.reset()
        let result = try bench.seal(into: bench.folder + "/media", repair: share)
        let sealingMemory = PeakMemory.megabytes
        let submission = try VerifiedSubmission(at: bench.folder + "/media", labKeys: [bench.lab.publicKey])
        let lost = (0..<(result.manifest.repair?.pieces.count ?? 0)).map { $0 * 19 % result.manifest.segments.count }
        PeakMemory.reset()
        let rebuilding = try PairedRates.measure(rounds: 3) {
            let time = try seconds {
                try SegmentRebuilder(result.manifest, segments: Set(lost), pieces: []).rebuildSegments(
                    reading: { try submission.directory.read($0, into: $1) }, progress: { _ in }, take: { _, _ in })
            }
            return Double(submission.sealedBytes) / time / 1e6
        } peer: {
            let time = try seconds { guard try submission.examine().isEmpty else { throw BenchmarkError(description: "the medium is damaged") } }
            return Double(submission.sealedBytes) / time / 1e6
        }
        return [
            sealing.figure("\(name).sealing", unit: "MB/s", peer: "sealing without repair data"),
            Figure(name: "\(name).sealing-memory", value: sealingMemory, unit: "MB at most"),
            rebuilding.figure("\(name).rebuilding", unit: "MB/s of the medium, \(Set(lost).count) of \(result.manifest.segments.count) segments lost", peer: "checking the medium"),
            Figure(name: "\(name).rebuilding-memory", value: PeakMemory.megabytes, unit: "MB at most"),
        ]
    }
}

/// Memory that does not grow with what is sealed and taken in.
struct MediaMemory: Benchmark {
    let name = "media-memory"
    let summary = "the most memory that sealing with 5% repair data, and taking in, have of 1, 4 and 16 GiB"

    /// Each size in a process of its own, which begins with little: there MEDIA_GIB is set.
    func run() throws -> [Figure] {
        if let gibibytes = ProcessInfo.processInfo.environment["MEDIA_GIB"] { return try measure(gibibytes) }
        return try ["1", "4", "16"].flatMap { gibibytes in
            let out = ".bench/\(name)-\(gibibytes).jsonl"
            let process = Process()
            process.executableURL = URL(filePath: CommandLine.arguments[0])
            process.arguments = [name, "--out", out]
            process.environment = ProcessInfo.processInfo.environment.merging(["MEDIA_GIB": gibibytes]) { $1 }
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            defer { try? FileManager.default.removeItem(atPath: out) }
            return try String(contentsOfFile: out, encoding: .utf8).split(separator: "\n").map { line in
                let figure = try StrictJSON.parse(Array(line.utf8))
                guard let name = figure["name"]?.string, let unit = figure["unit"]?.string, let value = figure["value"]?.double else {
                    throw BenchmarkError(description: "\(out) holds \(line)")
                }
                return Figure(name: name, value: value, unit: unit)
            }
        }
    }

    private func measure(_ gibibytes: String) throws -> [Figure] {
        let bench = try MediaBench("memory")
        PeakMemory.reset()
        _ = try bench.seal(into: bench.folder + "/media", repair: RepairShare("5%"))
        let sealing = PeakMemory.megabytes
        try bench.remove("model.safetensors")
        PeakMemory.reset()
        try bench.stage()
        return [
            Figure(name: "\(name).seal-\(gibibytes)", value: sealing, unit: "MB at most, \(gibibytes) GiB"),
            Figure(name: "\(name).ingest-\(gibibytes)", value: PeakMemory.megabytes, unit: "MB at most, \(gibibytes) GiB"),
        ]
    }
}

/// A published model, as bf16.
struct MediaModel: Benchmark {
    let name = "media-model"
    let summary = "SmolLM2-135M-Instruct, expanded from 4 bits to bf16, sealed: what is left of it"

    func run() throws -> [Figure] {
        let bench = try MediaBench("model", gibibytes: 1.0 / 32)
        let model = bench.folder + "/smollm2.safetensors"
        let bytes = try Self.expand(BenchFiles.model, to: model)
        var sealed = 0
        let time = try seconds { sealed = try bench.seal(model, into: bench.folder + "/media").sealedBytes }
        try bench.shell("zstd -3 -q -k smollm2.safetensors -o peer.zst")
        let peer = try FileHandle(forReadingFrom: URL(filePath: bench.folder + "/peer.zst")).seekToEnd()
        return [
            Figure(
                name: "\(name).size", value: Double(sealed) / Double(bytes), unit: "of the original", peer: "zstd -3", peerValue: Double(peer) / Double(bytes),
                ratio: Double(sealed) / Double(peer)),
            Figure(name: "\(name).throughput", value: Double(bytes) / time / 1e6, unit: "MB/s"),
        ]
    }

    /// Every tensor's values, each rounded to the nearest bf16.
    private static func expand(_ path: String, to output: String) throws -> Int {
        let container = try WeightContainer.open(MappedFile(path: path))
        var entries: [String] = [], offset = 0
        for tensor in container.tensors {
            let end = offset + 2 * tensor.elementCount
            entries.append("\"\(tensor.name)\":{\"dtype\":\"BF16\",\"shape\":[\(tensor.shape.map(String.init).joined(separator: ","))],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: output))
        defer { try? file.close() }
        try file.write(contentsOf: withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + Data(header))
        for tensor in container.tensors {
            var floats = [Float](repeating: 0, count: tensor.elementCount)
            try floats.withUnsafeMutableBufferPointer { try Dequantize.floats(container.bytes(of: tensor), type: tensor.type, into: $0) }
            let rounded = floats.map { value -> UInt16 in
                let bits = value.bitPattern
                return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
            }
            try file.write(contentsOf: rounded.withUnsafeBytes { Data($0) })
        }
        return 8 + header.count + offset
    }
}
