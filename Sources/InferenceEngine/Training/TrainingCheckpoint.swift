import CanonicalEncoding
import WeightFormats

/// A training run's state in a file, so that it goes on later as if it had not stopped: a safetensors file with each
/// parameter, its two moments, the steps done, and a description of the run, which must be the same.
extension Trainer {
    private static let format = "assay-training-1"

    /// What decides the bits of a run.
    ///
    /// - Parameter data: a digest of the texts in their order.
    private func fingerprint(_ data: UInt64) -> String {
        let (optimizer, rate) = (configuration.optimizer, configuration.rate)
        var parts = [
            "\(configuration.texts) \(configuration.accumulation) \(configuration.longest) \(configuration.seed) \(configuration.shuffles)",
            "\(optimizer.firstDecay) \(optimizer.secondDecay) \(optimizer.epsilon) \(optimizer.weightDecay) \(optimizer.maximumNorm ?? 0)",
            "\(rate.kind) \(rate.highest) \(rate.warmup) \(rate.steps)", "\(data)", "\(modelDigest)",
        ]
        if let adapter { parts += adapter.members.map { "\($0.module.name) \($0.matrices.rank) \($0.matrices.scale)" } }
        return parts.joined(separator: ";")
    }

    /// FNV-1a over each tensor's name, type, shape and first bytes: tells models apart, and is no protection against anybody.
    private var modelDigest: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        for tensor in loaded.weights.tensors {
            add("\(tensor.name) \(tensor.type.name) \(tensor.shape) ".utf8)
            add(loaded.weights.bytes(of: tensor).prefix(256))
        }
        return hash
    }

    /// Puts the file there whole or not at all.
    package func writeCheckpoint(to path: String, data: UInt64) throws {
        let buffers = trainables.all.flatMap { [($0.name, $0.values), ($0.name + ".first", $0.first), ($0.name + ".second", $0.second)] }
        try SafetensorsWriter.write(
            to: path, metadata: ["format": Self.format, "step": "\(step)", "run": fingerprint(data)],
            buffers.map { .init($0.0, .f32, shape: [$0.1.count]) }
        ) { number, append in
            try append(UnsafeRawBufferPointer(start: buffers[number].1.base, count: 4 * buffers[number].1.count))
        }
    }

    /// Goes on where the file's run stopped.
    ///
    /// - Throws: `malformedModel` for what is no such file; `invalidRequest` where it is of another run. Nothing has changed then.
    package func readCheckpoint(_ file: MappedFile, data: UInt64) throws(EngineError) {
        let weights: SafetensorsFile
        do { weights = try SafetensorsFile(file) } catch { throw EngineError(.malformedModel, "the checkpoint: \(error)") }
        guard weights.metadata["format"] == Self.format, let step = weights.metadata["step"].flatMap({ Int($0) }), (0...configuration.rate.steps).contains(step) else {
            throw EngineError(.malformedModel, "the file is no checkpoint of a training run")
        }
        guard weights.metadata["run"] == fingerprint(data) else {
            throw EngineError(.invalidRequest, "the checkpoint is of a run with other texts or settings; give the same ones, or begin anew")
        }
        let tensors = Dictionary(weights.tensors.map { ($0.name, $0) }) { first, _ in first }
        var parts: [(FloatBuffer, UnsafeRawBufferPointer)] = []
        for parameter in trainables.all {
            for (name, buffer) in [
                (parameter.name, parameter.values), (parameter.name + ".first", parameter.first), (parameter.name + ".second", parameter.second),
            ] {
                guard let tensor = tensors[name], tensor.type == .f32, tensor.shape == [buffer.count] else {
                    throw EngineError(.invalidRequest, "the checkpoint has no \(name) of \(buffer.count) numbers: it is of another model or adapter")
                }
                parts.append((buffer, weights.bytes(of: tensor)))
            }
        }
        guard parts.count == tensors.count else { throw EngineError(.invalidRequest, "the checkpoint holds more than this run trains") }
        withExtendedLifetime(file) {
            for (buffer, bytes) in parts {
                guard let start = bytes.baseAddress else { continue }
                UnsafeMutableRawPointer(buffer.base).copyMemory(from: start, byteCount: bytes.count)
            }
        }
        self.step = step
    }
}

extension TrainingExample {
    /// FNV-1a (Fowler, Noll, Vo) over texts' tokens and labels: tells runs apart, and is no protection against anybody.
    package static func digest(_ examples: [TrainingExample]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01b3 }
        for example in examples {
            add(UInt64(example.tokens.count))
            for (token, isLabel) in zip(example.tokens, example.isLabel) { add(UInt64(UInt32(bitPattern: token)) << 1 | (isLabel ? 1 : 0)) }
        }
        return hash
    }
}
