import WeightFormats

extension LlamaConfiguration {
    /// From the metadata of a GGUF file (ggml's `docs/gguf.md`, "LLM").
    ///
    /// A key of the architecture that is not known here is refused: it may change what the model computes.
    ///
    /// - Parameter table: all tensors; of a split model, `gguf` is the first part.
    package init(_ gguf: GGUFFile, _ table: WeightTable) throws(EngineError) {
        guard let name = gguf.metadata["general.architecture"]?.string else {
            throw EngineError(.malformedModel, "the GGUF file does not name its architecture (general.architecture)")
        }
        guard name.utf8.elementsEqual(Self.architecture.utf8) else { throw Self.unknownArchitecture(name) }
        let reader = Reader(metadata: gguf.metadata)
        try reader.refuseUnknown(gguf.metadataKeys)

        // A scaled RoPE would be computed wrongly without a word.
        if let scaling = gguf.metadata[reader.key("rope.scaling.type")]?.string, scaling != "none" {
            throw EngineError(.unsupportedModel, "RoPE scaling \"\(Self.shown(scaling))\" is not supported")
        }
        guard let embedding = table.tensor(LlamaTensorNames.gguf.embedding), embedding.shape.count == 2 else {
            throw EngineError(.malformedModel, "there is no matrix \(LlamaTensorNames.gguf.embedding)")
        }
        if let vocabulary = try reader.optional("vocab_size"), vocabulary != embedding.shape[0] {
            throw EngineError(
                .malformedModel, "llama.vocab_size is \(vocabulary), and the embedding has \(embedding.shape[0]) rows")
        }
        let heads = try reader.integer("attention.head_count")
        let width = try reader.integer("embedding_length")
        let headWidth = try reader.optional("attention.key_length") ?? (heads > 0 ? width / heads : 0)
        if let valueWidth = try reader.optional("attention.value_length"), valueWidth != headWidth {
            throw EngineError(.unsupportedModel, "values of another width than keys (\(valueWidth), \(headWidth)) are not supported")
        }
        if let rotated = try reader.optional("rope.dimension_count"), rotated != headWidth {
            throw EngineError(.unsupportedModel, "RoPE over \(rotated) of \(headWidth) dimensions is not supported")
        }
        try self.init(
            Parts(
                layers: reader.integer("block_count"), width: width, heads: heads,
                keyValueHeads: reader.optional("attention.head_count_kv") ?? heads, headWidth: headWidth,
                feedForwardWidth: reader.integer("feed_forward_length"), vocabulary: embedding.shape[0],
                contextLength: reader.integer("context_length"),
                normEpsilon: reader.number("attention.layer_norm_rms_epsilon"),
                ropeBase: gguf.metadata[reader.key("rope.freq_base")] == nil ? 10_000 : reader.number("rope.freq_base"),
                tiesEmbedding: nil))
    }

    private struct Reader {
        let metadata: [String: GGUFValue]

        /// The keys of a plain Llama model, without the architecture's name.
        private static let known: Set<String> = [
            "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.layer_norm_rms_epsilon",
            "attention.value_length", "block_count", "context_length", "embedding_length", "feed_forward_length",
            "rope.dimension_count", "rope.freq_base", "rope.scaling.type", "vocab_size",
        ]

        func key(_ name: String) -> String { "\(LlamaConfiguration.architecture).\(name)" }

        func refuseUnknown(_ keys: [String]) throws(EngineError) {
            let prefix = key("")
            let unknown = keys.first { $0.hasPrefix(prefix) && !Self.known.contains(String($0.dropFirst(prefix.count))) }
            guard let unknown else { return }
            throw EngineError(
                .unsupportedModel,
                "the metadata key \(LlamaConfiguration.shown(unknown)) is not understood here, and may change what the model computes")
        }

        func optional(_ name: String) throws(EngineError) -> Int? {
            guard let value = metadata[key(name)] else { return nil }
            guard let integer = value.integer, let integer = Int(exactly: integer) else {
                throw EngineError(.malformedModel, "the GGUF file's \(key(name)) is no integer")
            }
            return integer
        }

        func integer(_ name: String) throws(EngineError) -> Int {
            guard let value = try optional(name) else {
                throw EngineError(.malformedModel, "the GGUF file has no \(key(name))")
            }
            return value
        }

        func number(_ name: String) throws(EngineError) -> Double {
            guard let value = metadata[key(name)]?.double else {
                throw EngineError(.malformedModel, "the GGUF file has no number \(key(name))")
            }
            return value
        }
    }
}
