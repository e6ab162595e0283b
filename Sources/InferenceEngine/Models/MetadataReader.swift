import WeightFormats

/// Reads a GGUF file's metadata under its architecture's name.
struct MetadataReader {
    let name: String
    let metadata: [String: GGUFValue]
    let keys: [String]
    let table: WeightTable

    func key(_ name: String) -> String { "\(self.name).\(name)" }

    func has(_ name: String) -> Bool { metadata[key(name)] != nil }

    /// A key of the architecture that is not known here may change what the model computes.
    func refuseUnknown(besides known: Set<String>) throws(EngineError) {
        let prefix = key("")
        let all = known.union(Self.common)
        let unknown = keys.first { $0.hasPrefix(prefix) && !all.contains(String($0.dropFirst(prefix.count))) }
        guard let unknown else { return }
        throw EngineError(
            .unsupportedModel,
            "the metadata key \(EngineError.shown(unknown)) is not understood here, and may change what the model computes")
    }

    /// Keys that every family has.
    private static let common: Set<String> = [
        "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.layer_norm_rms_epsilon",
        "attention.value_length", "block_count", "context_length", "embedding_length", "feed_forward_length",
        "rope.dimension_count", "rope.freq_base", "rope.scale_linear", "rope.scaling.factor", "rope.scaling.finetuned",
        "rope.scaling.original_context_length", "rope.scaling.type", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
        "vocab_size",
    ]

    func integer(ifThere name: String) throws(EngineError) -> Int? {
        guard let value = metadata[key(name)] else { return nil }
        if value.array != nil { throw EngineError(.unsupportedModel, "\(key(name)) is a list, one for each layer: that is not supported") }
        guard let integer = value.integer, let integer = Int(exactly: integer) else {
            throw EngineError(.malformedModel, "the GGUF file's \(key(name)) is no integer")
        }
        return integer
    }

    func integer(_ name: String) throws(EngineError) -> Int {
        guard let value = try integer(ifThere: name) else { throw EngineError(.malformedModel, "the GGUF file has no \(key(name))") }
        return value
    }

    /// The number of layers, checked before anything is made for each of them.
    func layers() throws(EngineError) -> Int {
        let count = try integer("block_count")
        guard (1...1024).contains(count) else { throw EngineError(.malformedModel, "\(count) layers are impossible") }
        return count
    }

    func number(ifThere name: String) throws(EngineError) -> Double? {
        guard let value = metadata[key(name)] else { return nil }
        guard let number = value.double else { throw EngineError(.malformedModel, "the GGUF file's \(key(name)) is no number") }
        return number
    }

    func number(_ name: String) throws(EngineError) -> Double {
        guard let number = try number(ifThere: name) else { throw EngineError(.malformedModel, "the GGUF file has no \(key(name))") }
        return number
    }

    func string(ifThere name: String) throws(EngineError) -> String? {
        guard let value = metadata[key(name)] else { return nil }
        guard let string = value.string else { throw EngineError(.malformedModel, "the GGUF file's \(key(name)) is no text") }
        return string
    }

    /// Refuses another value than the one under which the same is computed here.
    func expect(_ name: String, _ expected: Int) throws(EngineError) {
        guard let found = try integer(ifThere: name), found != expected else { return }
        throw EngineError(.unsupportedModel, "\(key(name)) is \(found): that is not supported")
    }

    /// A tensor's numbers.
    func numbers(tensor name: String, count: Int) throws(EngineError) -> [Double] {
        guard let tensor = table.tensor(name), tensor.shape == [count] else {
            throw EngineError(.malformedModel, "there is no tensor \(name) of \(count) numbers")
        }
        var floats = [Float](repeating: 0, count: count)
        do throws(WeightError) {
            try floats.withUnsafeMutableBufferPointer { floats throws(WeightError) in
                try Dequantize.floats(table.bytes(of: tensor), type: tensor.type, into: floats)
            }
        } catch {
            throw EngineError(.malformedModel, "the tensor \(name): \(error)")
        }
        return floats.map { Double($0) }
    }

    /// The rows of the embedding.
    func vocabulary() throws(EngineError) -> Int {
        guard let embedding = table.tensor(TensorNames.gguf.embedding), embedding.shape.count == 2 else {
            throw EngineError(.malformedModel, "there is no matrix \(TensorNames.gguf.embedding)")
        }
        if let vocabulary = try integer(ifThere: "vocab_size"), vocabulary != embedding.shape[0] {
            throw EngineError(
                .malformedModel, "\(key("vocab_size")) is \(vocabulary), and the embedding has \(embedding.shape[0]) rows")
        }
        return embedding.shape[0]
    }

    /// The width of a head's keys, which is that of its values too.
    func headWidth(width: Int, heads: Int) throws(EngineError) -> Int {
        let headWidth = try integer(ifThere: "attention.key_length") ?? (heads > 0 ? width / heads : 0)
        if let valueWidth = try integer(ifThere: "attention.value_length"), valueWidth != headWidth {
            throw EngineError(.unsupportedModel, "values of another width than keys (\(valueWidth), \(headWidth)) are not supported")
        }
        return headWidth
    }
}
