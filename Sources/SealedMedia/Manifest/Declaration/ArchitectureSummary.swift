import CanonicalEncoding
import WeightFormats

/// What a weight file says of its own architecture, as the declaration repeats it.
package struct ArchitectureSummary: Hashable, Sendable {
    /// `gguf` or `safetensors`.
    package let format: String
    /// The family, such as `llama`.
    package let family: String
    package let parameters: Int64
    package let tensors: Int64
    /// How many tensors each element type has.
    package let types: [String: Int64]
    /// Where the file says so: layers, width, context length in tokens, vocabulary.
    package var layers: Int64?
    package var width: Int64?
    package var context: Int64?
    package var vocabulary: Int64?

    /// Reads it from the weight files of one model.
    ///
    /// - Parameters:
    ///   - containers: the model's files, one or its shards.
    ///   - family: for safetensors, which does not name it; GGUF's own name is taken from the file.
    package init(_ containers: [WeightContainer], family: String?) throws(MediaError) {
        var parameters: Int64 = 0
        var tensors: Int64 = 0
        var types: [String: Int64] = [:]
        var formats: Set<String> = []
        var families: Set<String> = []
        for container in containers {
            for tensor in container.tensors {
                let (sum, overflow) = parameters.addingReportingOverflow(Int64(tensor.elementCount))
                guard !overflow else {
                    throw MediaError(
                        .weightsFormat, "the tensors' sizes add up to more than fits", advice: "Export the weights again.")
                }
                parameters = sum
                tensors += 1
                types[tensor.type.name, default: 0] += 1
            }
            switch container {
            case .gguf(let gguf):
                formats.insert("gguf")
                // Of a model that was split only the first part says what it is.
                if let split = gguf.split, split.number > 0, gguf.metadata["general.architecture"] == nil { continue }
                guard case .string(let name)? = gguf.metadata["general.architecture"],
                    Declaration.isPlainText(name, maxBytes: 64)
                else {
                    throw MediaError(
                        .weightsFormat, "the GGUF file does not name its architecture (general.architecture)",
                        advice: "Convert the model again with a current converter.")
                }
                families.insert(name)
                layers = layers ?? gguf.metadata["\(name).block_count"]?.integer
                width = width ?? gguf.metadata["\(name).embedding_length"]?.integer
                context = context ?? gguf.metadata["\(name).context_length"]?.integer
                if case .array(let tokens)? = gguf.metadata["tokenizer.ggml.tokens"] { vocabulary = Int64(tokens.count) }
            case .safetensors:
                formats.insert("safetensors")
                guard let family else {
                    throw MediaError(
                        .declaration, "a safetensors file does not name its architecture",
                        advice: "Name it with --architecture, such as llama, or put the model's config.json beside it.")
                }
                families.insert(family)
            }
        }
        guard formats.count == 1, families.count == 1, let format = formats.first, let family = families.first else {
            throw MediaError(
                .weightsFormat, "the weight files are not of one format and one architecture",
                advice: "Give the files of one model.")
        }
        self.format = format
        self.family = family
        self.parameters = parameters
        self.tensors = tensors
        self.types = types
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "context", "family", "format", "layers", "parameters", "tensors", "types", "vocabulary", "width",
        ])
        let formatField = try field.field("format")
        format = try formatField.string(maxBytes: 16)
        guard format == "gguf" || format == "safetensors" else {
            throw formatField.failure("\"gguf\" or \"safetensors\" was expected")
        }
        family = try Declaration.text(field.field("family"), maxBytes: 64)
        parameters = try field.field("parameters").integer()
        tensors = try field.field("tensors").integer()
        var types: [String: Int64] = [:]
        let typesField = try field.field("types")
        for (name, count) in try typesField.object().members {
            guard types.count < 64, Declaration.isPlainText(name, maxBytes: 16) else {
                throw typesField.failure("at most 64 short names of tensor types were expected")
            }
            types[name] = try JSONField(count, path: "\(typesField.path).\(name)").integer()
        }
        self.types = types
        layers = try field.optional("layers")?.integer()
        width = try field.optional("width")?.integer()
        context = try field.optional("context")?.integer()
        vocabulary = try field.optional("vocabulary")?.integer()
    }

    var json: JSONValue {
        var object = JSONObject()
        object["family"] = .string(family)
        object["format"] = .string(format)
        object["parameters"] = .integer(parameters)
        object["tensors"] = .integer(tensors)
        var counts = JSONObject()
        for (name, count) in types.sorted(by: { $0.key < $1.key }) { counts[name] = .integer(count) }
        object["types"] = .object(counts)
        for (name, value) in [("layers", layers), ("width", width), ("context", context), ("vocabulary", vocabulary)] {
            if let value { object[name] = .integer(value) }
        }
        return .object(object)
    }
}
