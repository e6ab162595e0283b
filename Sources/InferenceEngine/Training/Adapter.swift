import WeightFormats

/// A low-rank adapter of a whole model, beside whose products it stands while it is attached.
package final class Adapter {
    struct Member {
        let module: AdaptedModule
        let matrices: LowRankAdapter
    }

    package let configuration: AdapterConfiguration
    let model: Transformer
    /// In the order of `AdaptedModule.all`.
    let members: [Member]

    /// An adapter that changes nothing yet: a uniform in ±1 / √inputs, as `torch.nn.Linear` begins, and b zero.
    package init(_ configuration: AdapterConfiguration, _ model: Transformer, seed: UInt64) throws(EngineError) {
        self.configuration = configuration
        self.model = model
        members = try Self.members(configuration, model)
        var random = RandomSource(seed: seed)
        for member in members {
            let bound = 1 / Double(member.matrices.inputs).squareRoot()
            for index in 0..<member.matrices.a.count { member.matrices.a.base[index] = Float((2 * random.unit() - 1) * bound) }
        }
    }

    private static func members(_ configuration: AdapterConfiguration, _ model: Transformer) throws(EngineError) -> [Member] {
        try configuration.check()
        var members: [Member] = []
        for module in try configuration.modules(of: model) {
            let matrices = try LowRankAdapter(
                range: module.range, inputs: module.matrix.columns, rank: configuration.rank(module), scale: configuration.scale(module),
                threads: model.products.splitter.threads, model.budget)
            members.append(Member(module: module, matrices: matrices))
        }
        return members
    }

    /// Puts it beside the model's products.
    package func attach() {
        for member in members where !member.module.matrix.additions.adapters.contains(where: { $0 === member.matrices }) {
            member.module.matrix.additions.adapters.append(member.matrices)
        }
    }

    package func detach() {
        for member in members { member.module.matrix.additions.adapters.removeAll { $0 === member.matrices } }
    }

    /// Puts the products' sums with the adapter in the place of the model's weights, as floats, once and for all.
    package func merge() throws(EngineError) {
        detach()
        for member in members {
            let matrix = member.module.matrix
            let trained = try matrix.materialised(model.products, model.budget)
            let range = member.matrices.range
            model.products.splitter.ranges(range.count, grain: 1, pieces: 4 * model.products.splitter.threads) { part in
                member.matrices.add(
                    part, to: trained.base + (range.lowerBound + part.lowerBound) * matrix.columns, model.products.kernels)
            }
        }
    }

    // MARK: adapter_model.safetensors

    package static let fileName = "adapter_model.safetensors"
    private static let prefix = "base_model.model."

    /// An adapter that PEFT, or `write`, has saved.
    ///
    /// - Throws: `malformedModel` where file and configuration are not one adapter; `invalidRequest` where it is of another
    ///   model; `unsupportedModel`.
    package init(_ file: MappedFile, configuration: AdapterConfiguration, _ model: Transformer) throws(EngineError) {
        func malformed(_ message: String) -> EngineError { EngineError(.malformedModel, "\(Self.fileName): \(message)") }
        let weights: SafetensorsFile
        do { weights = try SafetensorsFile(file) } catch { throw malformed("\(error)") }
        self.configuration = configuration
        self.model = model
        members = try Self.members(configuration, model)
        var unread = Dictionary(weights.tensors.map { ($0.name, $0) }) { first, _ in first }
        func matrix(_ name: String, _ shape: [Int]) throws(EngineError) -> [Float] {
            guard let tensor = unread.removeValue(forKey: name) else { throw malformed("there is no \(name), which the configuration asks for") }
            guard tensor.shape == shape else { throw malformed("\(name) has the shape \(tensor.shape); the model and the configuration ask for \(shape)") }
            var values = [Float](repeating: 0, count: tensor.elementCount)
            do throws(WeightError) {
                try values.withUnsafeMutableBufferPointer { (buffer) throws(WeightError) in
                    try Dequantize.floats(weights.bytes(of: tensor), type: tensor.type, into: buffer)
                }
            } catch { throw malformed("\(name): \(error)") }
            guard values.allSatisfy(\.isFinite) else { throw malformed("\(name) holds NaN or infinities") }
            return values
        }
        for member in members {
            let (module, matrices) = (member.module, member.matrices)
            let (rank, outputs) = (matrices.rank, matrices.range.count)
            let name = Self.prefix + module.name
            let a = try matrix(name + ".lora_A.weight", [rank, matrices.inputs])
            for (index, value) in a.enumerated() { matrices.a.base[index] = value }
            let b = try matrix(name + ".lora_B.weight", [outputs, rank])
            for row in 0..<outputs {
                let stored = module.heads?.stored(row) ?? row
                for index in 0..<rank { matrices.b.base[index * outputs + stored] = b[row * rank + index] }
            }
        }
        if let other = unread.keys.min() {
            throw EngineError(
                .unsupportedModel, "\(Self.fileName): the tensor \(EngineError.shown(other)) belongs to no module that the configuration names")
        }
    }

    /// Writes `adapter_model.safetensors` as PEFT reads it, in float32.
    package func write(to path: String) throws {
        var entries: [SafetensorsWriter.Entry] = []
        for member in members {
            let (name, matrices) = (Self.prefix + member.module.name, member.matrices)
            entries.append(.init(name + ".lora_A.weight", .f32, shape: [matrices.rank, matrices.inputs]))
            entries.append(.init(name + ".lora_B.weight", .f32, shape: [matrices.range.count, matrices.rank]))
        }
        try SafetensorsWriter.write(to: path, metadata: ["format": "pt"], entries) { number, append in
            let member = members[number / 2]
            let matrices = member.matrices
            if number % 2 == 0 {
                try append(UnsafeRawBufferPointer(start: matrices.a.base, count: 4 * matrices.a.count))
            } else {
                let outputs = matrices.range.count
                var b = [Float](repeating: 0, count: matrices.b.count)
                for row in 0..<outputs {
                    let stored = member.module.heads?.stored(row) ?? row
                    for index in 0..<matrices.rank { b[row * matrices.rank + index] = matrices.b.base[index * outputs + stored] }
                }
                try b.withUnsafeBytes { try append($0) }
            }
        }
    }
}

extension StoredMatrix {
    /// The whole matrix as floats, from now on read in place of what is stored.
    func materialised(_ products: Products, _ budget: MemoryBudget) throws(EngineError) -> FloatBuffer {
        if let trained = additions.trained { return trained }
        let whole = try FloatBuffer(count: rows * columns, budget, for: "a matrix's floats")
        products.splitter.ranges(rows, grain: 1, pieces: 4 * products.splitter.threads) { part in
            let target = whole.base + part.lowerBound * columns
            let values = floats(part, products.kernels, scratch: target)
            if values != UnsafePointer(target) { target.update(from: values, count: part.count * columns) }
        }
        additions.trained = whole
        return whole
    }
}
