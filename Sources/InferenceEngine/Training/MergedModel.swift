import WeightFormats

/// Writes a model with what has been learnt put into its weights, under the names that `transformers` gives them.
package struct MergedModel {
    private struct Tensor {
        let name: String
        let shape: [Int]
        /// Rows, one after another, for the tensor's part `rows`.
        let read: (_ rows: Range<Int>, _ target: UnsafeMutablePointer<Float>) throws -> Void
        var columns: Int { shape.count > 1 ? shape[shape.count - 1] : 1 }
        var rows: Int { shape.count > 1 ? shape.dropLast().reduce(1, *) : shape.first ?? 1 }
    }

    private let model: Transformer
    private let table: WeightTable
    private var tensors: [Tensor] = []

    /// - Parameter loaded: with the adapter merged (`LoadedModel.merge`), or trained itself.
    /// - Throws: `unsupportedModel` for a GGUF file of a family other than Llama, whose tensors have other names and orders
    ///   than the published model's, for quantised safetensors, and for experts that were trained and are stored in one tensor.
    package init(_ loaded: LoadedModel) throws(EngineError) {
        let model = loaded.model
        self.model = model
        table = loaded.weights
        let isGGUF = table.isGGUF
        if isGGUF, model.shape.architecture != "llama" || model.shape.layers.contains(where: { $0.feedForward.mixture != nil }) {
            throw EngineError(
                .unsupportedModel,
                "a GGUF file of the architecture \"\(EngineError.shown(model.shape.architecture))\" cannot be written as safetensors; merge into the safetensors model")
        }
        for layer in model.weights.layers {
            guard case .mixture(_, let networks) = layer.feedForward, networks.contains(where: { $0.down.additions.trained != nil }) else { continue }
            if case .each? = model.names.experts { continue }
            throw EngineError(.unsupportedModel, "experts that were trained cannot be written where the model has them in one tensor")
        }
        let (output, embedding) = (model.weights.output.additions.trained, model.weights.embedding.additions.trained)
        if let output, table.tensor(model.names.output) == nil, output.base != embedding?.base {
            throw EngineError(
                .unsupportedModel,
                "the adapter changes the output matrix (lm_head) alone, but the model has one tensor for it and the embedding: use it with --adapter")
        }
        let owners = Self.owners(model)
        for tensor in table.tensors {
            guard isGGUF || [.f32, .f16, .bf16].contains(tensor.type) else {
                throw EngineError(
                    .unsupportedModel,
                    "the tensor \(EngineError.shown(tensor.name)) is quantised (\(tensor.type.name)): merge into the model that this one was made from")
            }
            let owner = owners[tensor.name]
            let name = try isGGUF ? Self.published(tensor.name, model) : tensor.name
            guard let name else { continue }
            tensors.append(Tensor(name: name, shape: tensor.shape, read: reader(tensor, owner)))
        }
    }

    /// Where a tensor's numbers are now: rows of a matrix, or a vector.
    private enum Owner {
        case matrix(StoredMatrix, first: Int, heads: HeadRows?)
        case vector(FloatBuffer, first: Int, offset: Float, heads: HeadRows?)
    }

    private static func owners(_ model: Transformer) -> [String: Owner] {
        let (names, shape, weights) = (model.names, model.shape, model.weights)
        var owners: [String: Owner] = [
            names.embedding: .matrix(weights.embedding, first: 0, heads: nil), names.output: .matrix(weights.output, first: 0, heads: nil),
            names.outputNorm: .vector(weights.outputNorm, first: 0, offset: names.normOffset, heads: nil),
        ]
        let modules = Dictionary(AdaptedModule.all(model).map { ($0.name, $0) }) { first, _ in first }
        for (number, layer) in weights.layers.enumerated() {
            func norm(_ part: TensorNames.Part, _ vector: FloatBuffer?) {
                if let vector { owners[names.weight(number, part)] = .vector(vector, first: 0, offset: names.normOffset, heads: nil) }
            }
            norm(.attentionNorm, layer.attentionNorm)
            norm(.attentionPostNorm, layer.attentionPostNorm)
            norm(.feedForwardNorm, layer.feedForwardNorm)
            norm(.feedForwardPostNorm, layer.feedForwardPostNorm)
            norm(.queryNorm, layer.queryNorm)
            norm(.keyNorm, layer.keyNorm)
            if let sinks = layer.sinks { owners[names.sinks(number)] = .vector(sinks, first: 0, offset: 0, heads: nil) }
            func product(_ stem: String, _ matrix: StoredMatrix, first: Int, module: String? = nil) {
                let heads = module.flatMap { modules["model.layers.\(number).\($0)"]?.heads }
                owners[stem + ".weight"] = .matrix(matrix, first: first, heads: heads)
                if let bias = matrix.bias { owners[stem + ".bias"] = .vector(bias, first: first, offset: 0, heads: heads) }
            }
            func stem(_ part: TensorNames.Part) -> String { String(names.weight(number, part).dropLast(".weight".count)) }
            if let joined = names.joinedQueryKeyValue {
                product(names.layer(number, joined), layer.queryKeyValue, first: 0)
            } else {
                product(stem(.query), layer.queryKeyValue, first: 0, module: "self_attn.q_proj")
                product(stem(.key), layer.queryKeyValue, first: shape.queryWidth, module: "self_attn.k_proj")
                product(stem(.value), layer.queryKeyValue, first: shape.queryWidth + shape.keyValueWidth)
            }
            product(stem(.attentionOutput), layer.attentionOutput, first: 0)
            switch layer.feedForward {
            case .dense(let network):
                if let joined = names.joinedGateUp {
                    product(names.layer(number, joined), network.gateUp, first: 0)
                } else {
                    product(stem(.gate), network.gateUp, first: 0)
                    product(stem(.up), network.gateUp, first: shape.layers[number].feedForward.width)
                }
                product(stem(.down), network.down, first: 0)
            case .mixture(let router, let networks):
                product(stem(.router), router, first: 0)
                guard case .each(let prefix, let gate, let up, let down)? = names.experts else { continue }
                for (expert, network) in networks.enumerated() {
                    func own(_ part: String) -> String { names.layer(number, "\(prefix).\(expert).\(part)") }
                    product(own(gate), network.gateUp, first: 0)
                    product(own(up), network.gateUp, first: shape.layers[number].feedForward.width)
                    product(own(down), network.down, first: 0)
                }
            }
        }
        return owners
    }

    private func reader(_ tensor: TensorInfo, _ owner: Owner?) -> (Range<Int>, UnsafeMutablePointer<Float>) throws -> Void {
        let (table, kernels) = (table, model.products.kernels)
        switch owner {
        case .matrix(let matrix, let first, let heads)?:
            return { rows, target in
                for (place, row) in rows.enumerated() {
                    let own = first + (heads?.stored(row) ?? row)
                    let to = target + place * matrix.columns
                    let values = matrix.floats(own..<(own + 1), kernels, scratch: to)
                    if values != UnsafePointer(to) { to.update(from: values, count: matrix.columns) }
                }
            }
        case .vector(let vector, let first, let offset, let heads)?:
            return { rows, target in
                for (place, row) in rows.enumerated() { target[place] = vector.base[first + (heads?.stored(row) ?? row)] - offset }
            }
        case nil:
            // What is not learnt here: experts that are stacked, tables of frequencies.
            let columns = tensor.shape.count > 1 ? tensor.shape[tensor.shape.count - 1] : 1
            let bytes = table.bytes(of: tensor)
            return { rows, target in
                let (start, end) = (rows.lowerBound * columns, rows.upperBound * columns)
                let (blocks, size) = (tensor.type.blockElements, tensor.type.blockBytes)
                let part = UnsafeRawBufferPointer(rebasing: bytes[(start / blocks * size)..<(end / blocks * size)])
                try Dequantize.floats(part, type: tensor.type, into: UnsafeMutableBufferPointer(start: target, count: end - start))
            }
        }
    }

    /// The published model's name for a tensor of a Llama in a GGUF file; nil for what it does not have.
    private static func published(_ name: String, _ model: Transformer) throws(EngineError) -> String? {
        let (from, to) = (TensorNames.gguf, TensorNames.huggingFace)
        if name == from.embedding { return to.embedding }
        if name == from.outputNorm { return to.outputNorm }
        if name == from.output { return to.output }
        for number in model.shape.layers.indices {
            for (part, _) in from.parts where name == from.weight(number, part) { return to.weight(number, part) }
            for (part, _) in from.parts where name == from.bias(number, part) { return to.bias(number, part) }
        }
        // Frequencies' factors stand in the published model's configuration.
        if name == "rope_freqs.weight" { return nil }
        throw EngineError(.unsupportedModel, "the tensor \(EngineError.shown(name)) has no place in the published model")
    }

    /// Writes one safetensors file.
    ///
    /// - Parameter type: `f32` or `bf16`, to which values are rounded to the nearest, ties to even.
    package func write(to path: String, type: TensorType) throws {
        precondition(type == .f32 || type == .bf16)
        try SafetensorsWriter.write(to: path, metadata: ["format": "pt"], tensors.map { .init($0.name, type, shape: $0.shape) }) { number, append in
            let tensor = tensors[number]
            let chunk = max(1, (1 << 20) / max(1, tensor.columns))
            var floats = [Float](repeating: 0, count: min(chunk, max(1, tensor.rows)) * tensor.columns)
            var halves = [UInt16](repeating: 0, count: type == .bf16 ? floats.count : 0)
            for first in stride(from: 0, to: tensor.rows, by: chunk) {
                let rows = first..<min(tensor.rows, first + chunk)
                let count = rows.count * tensor.columns
                try floats.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { try tensor.read(rows, base) } }
                if type == .f32 {
                    try floats.withUnsafeBytes { try append(UnsafeRawBufferPointer(rebasing: $0[..<(4 * count)])) }
                } else {
                    for index in 0..<count { halves[index] = Self.brainHalf(floats[index]) }
                    try halves.withUnsafeBytes { try append(UnsafeRawBufferPointer(rebasing: $0[..<(2 * count)])) }
                }
            }
        }
    }

    private static func brainHalf(_ value: Float) -> UInt16 {
        guard !value.isNaN else { return 0x7fc0 }
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    }
}
