import CanonicalEncoding
import EngineProtocol
import InferenceEngine
import WeightFormats

/// Answers the appliance's questions about weight files of which no model is made.
extension ModelHandler {
    mutating func openWeights(_ request: OpenWeightsRequest, descriptors: [Int32]) throws(EngineFailure) -> WeightTables {
        forget()
        do {
            var files: [MappedFile] = []
            for (announced, descriptor) in zip(request.files, descriptors) {
                let file = try MappedFile(fileDescriptor: descriptor)
                guard file.count == announced.size else {
                    throw EngineFailure(.invalidRequest, "a file has \(file.count) bytes where \(announced.size) were announced")
                }
                files.append(file)
            }
            let opened = try OpenedWeights(files, present: request.files.map(\.present), threads: request.threads)
            keep(opened)
            return WeightTables(files: opened.containers.map(WeightTables.File.init))
        } catch {
            throw Self.failure(error)
        }
    }

    mutating func tensorValues(_ request: TensorValuesRequest) throws(EngineFailure) -> TensorValues {
        let opened = try weights(), tensor = try Self.tensor(request.name, in: opened)
        guard request.from < tensor.elementCount else {
            throw EngineFailure(.invalidRequest, "the tensor has \(tensor.elementCount) numbers, and none from \(request.from) on")
        }
        guard tensor.type.numberBits <= 32 else {
            throw EngineFailure(
                .invalidRequest, "numbers of type \(tensor.type.name) are not shown one by one; see the tensor's statistics")
        }
        do {
            let range = try StoredRange(request.from..<request.from + request.count, of: tensor, in: opened.containers[0])
            return TensorValues(
                type: tensor.type.name, shape: tensor.shape, from: range.from, width: tensor.type.numberBits, stored: range.stored.map { Int($0) },
                values: range.values, scales: range.scales.map { .init(start: $0.start, scale: $0.scale.scale, minimum: $0.scale.minimum) })
        } catch {
            throw Self.failure(error)
        }
    }

    mutating func tensorSpectrum(_ request: TensorSpectrumRequest) throws(EngineFailure) -> TensorSpectrum {
        let opened = try weights(), tensor = try Self.tensor(request.name, in: opened)
        do {
            return TensorSpectrum(try opened.spectrum(of: tensor, count: request.count, seed: request.seed))
        } catch {
            throw Self.failure(error)
        }
    }

    mutating func compareTensors(_ request: TensorComparisonRequest) throws(EngineFailure) -> TensorComparison {
        let opened = try weights()
        let first = try Self.tensor(request.name, in: opened), second = try Self.tensor(request.name, in: opened, file: 1)
        do {
            let difference = try TensorDifference(
                from: first, to: second, in: opened, values: request.spectrumCount, seed: request.seed)
            return TensorComparison(
                elementCount: difference.count, isIdentical: difference.isIdentical, differingCount: difference.differing,
                notFiniteCount: difference.notFinite, largest: difference.largest, norm: difference.norm,
                firstNorm: difference.firstNorm, secondNorm: difference.secondNorm, cosine: difference.cosine,
                roundingFloor: difference.roundingFloor, spectrum: difference.spectrum.map(TensorSpectrum.init))
        } catch {
            throw Self.failure(error)
        }
    }

    mutating func weightMetadata(_ request: WeightMetadataRequest) throws(EngineFailure) -> WeightMetadata {
        let opened = try weights()
        guard opened.containers.indices.contains(request.file) else {
            throw EngineFailure(.invalidRequest, "only \(opened.containers.count) files are open")
        }
        let other = opened.containers.indices.first { $0 != request.file }.map { opened.containers[$0] }
        let metadata = FileMetadata(opened.containers[request.file], other: other)
        guard metadata.entries.count <= WeightMetadata.maximumEntries, metadata.tokens.count <= WeightMetadata.maximumTokens else {
            throw EngineFailure(.limitExceeded, "the file has more metadata than can be shown")
        }
        return WeightMetadata(
            entries: metadata.entries.map { .init(key: $0.key, type: $0.type, values: $0.values, isSameInOther: $0.isSameInOther) },
            chatTemplate: metadata.chatTemplate, tokens: metadata.tokens.map { Hex.encode($0) })
    }

    /// A tensor whose bytes are there: a hole would read as zeros.
    static func tensor(_ name: String, in opened: OpenedWeights, file: Int = 0) throws(EngineFailure) -> TensorInfo {
        guard let tensor = opened.tensor(name, in: file) else { throw EngineFailure(.invalidRequest, "there is no such tensor") }
        guard opened.isPresent(tensor, in: file) else {
            throw EngineFailure(.invalidRequest, "the tensor's bytes were not handed over")
        }
        return tensor
    }
}

extension WeightTables.File {
    init(_ container: WeightContainer) {
        var split: Split?
        var isGGUF = false
        if case .gguf(let file) = container {
            isGGUF = true
            split = file.split.map { Split(number: $0.number, count: $0.count, tensors: $0.tensors) }
        }
        self.init(
            isGGUF: isGGUF, headerBytes: container.dataOffset, split: split, tensors: container.tensors.map(ModelInformation.Tensor.init),
            offsets: container.tensors.map(\.byteRange.lowerBound))
    }
}

extension ModelInformation.Tensor {
    init(_ tensor: TensorInfo) {
        self.init(name: tensor.name, type: tensor.type.name, shape: tensor.shape, byteCount: tensor.byteRange.count)
    }
}

extension TensorSpectrum {
    init(_ spectrum: Spectrum) {
        self.init(
            rows: spectrum.rows, columns: spectrum.columns, values: spectrum.values, norm: spectrum.norm,
            stableRank: spectrum.stableRank, steps: spectrum.steps, change: spectrum.change)
    }
}
