import CanonicalEncoding
import WeightFormats

/// What a model computes and what its tensors are called: all that a family's file has to say.
package struct ModelDescription: Sendable {
    package var shape: TransformerShape
    var names: TensorNames
}

/// A family of models: how its configuration is read.
struct Architecture: Sendable {
    typealias Metadata = @Sendable (MetadataReader) throws(EngineError) -> ModelDescription

    /// `model_type` in config.json.
    let modelTypes: [String]
    /// `general.architecture` in a GGUF file; none where it is another family's.
    let ggufNames: [String]
    let configuration: @Sendable (ConfigurationReader) throws(EngineError) -> ModelDescription
    let metadata: Metadata?

    init(
        modelTypes: [String], ggufNames: [String] = [],
        configuration: @escaping @Sendable (ConfigurationReader) throws(EngineError) -> ModelDescription, metadata: Metadata? = nil
    ) {
        self.modelTypes = modelTypes
        self.ggufNames = ggufNames
        self.configuration = configuration
        self.metadata = metadata
    }

    static let all = [
        Llama.architecture, Mistral.architecture, Qwen2.architecture, Qwen3.architecture, Gemma2.architecture, Gemma3.architecture,
        Phi3.architecture, Olmo2.architecture, SmolLM3.architecture, Granite.architecture, Mixtral.architecture, Qwen3Moe.architecture,
        Olmoe.architecture, GptOss.architecture,
    ]
}

extension ModelDescription {
    /// From the `config.json` beside safetensors files, as `transformers` writes it.
    package static func read(configJSON bytes: [UInt8]) throws(EngineError) -> ModelDescription {
        let value: JSONValue
        do { value = try StrictJSON.parse(bytes) } catch { throw EngineError(.malformedModel, "config.json: \(error)") }
        guard let name = value["model_type"]?.string else {
            throw EngineError(.malformedModel, "config.json names no architecture (model_type)")
        }
        let known = Architecture.all
        guard let architecture = known.first(where: { $0.modelTypes.contains { $0.utf8.elementsEqual(name.utf8) } }) else {
            throw Self.unknown(name, known.flatMap(\.modelTypes))
        }
        return try architecture.configuration(ConfigurationReader(value: value, name: name))
    }

    /// From the metadata of a GGUF file (ggml's `docs/gguf.md`, "LLM").
    ///
    /// - Parameter table: all tensors; of a split model, `gguf` is the first part.
    package static func read(_ gguf: GGUFFile, _ table: WeightTable) throws(EngineError) -> ModelDescription {
        guard let name = gguf.metadata["general.architecture"]?.string else {
            throw EngineError(.malformedModel, "the GGUF file does not name its architecture (general.architecture)")
        }
        let known = Architecture.all
        let architecture = known.first { $0.ggufNames.contains { $0.utf8.elementsEqual(name.utf8) } }
        guard let describe = architecture?.metadata else { throw Self.unknown(name, known.flatMap(\.ggufNames)) }
        return try describe(MetadataReader(name: name, metadata: gguf.metadata, keys: gguf.metadataKeys, table: table))
    }

    /// Names the architecture and those known here whose names are the nearest.
    private static func unknown(_ name: String, _ known: [String]) -> EngineError {
        let near = known.map { (name: $0, distance: editDistance(Array(name.utf8.prefix(64)), Array($0.utf8))) }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map { "\"\($0.name)\"" }
        return EngineError(
            .unsupportedModel,
            "the architecture \"\(EngineError.shown(name))\" is not known here; the nearest of the \(known.count) that this engine runs: \(near.joined(separator: ", "))")
    }

    /// Bytes to insert, remove or replace (Levenshtein 1966).
    private static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let replaced = previous + (x == y ? 0 : 1)
                previous = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
