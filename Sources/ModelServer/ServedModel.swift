import CanonicalEncoding
import EngineProtocol

/// The model as clients see it.
package struct ServedModel: Sendable {
    /// What clients call it.
    package let name: String
    package let information: ModelInformation
    /// Seconds since 1970.
    package let created: Int64
    /// The spellings of the tokens that begin and end a text.
    private let beginOfText: String?
    private let endOfText: String?

    /// - Parameter client: a worker that holds the model; asked once.
    package init(name: String, client: EngineClient, created: Int64) throws {
        self.name = name
        self.created = created
        let information = try client.information()
        self.information = information
        func spelling(_ token: Int?) throws -> String? {
            guard let token else { return nil }
            return try client.detokenize(DetokenizeRequest(tokens: [token]), within: .seconds(60)).first?.shown
        }
        beginOfText = try spelling(information.beginOfTextToken)
        endOfText = try spelling(information.endOfTextToken)
    }

    var contextLength: Int { information.contextLength }

    var json: JSONValue {
        [
            "id": .string(name), "object": "model", "created": .integer(created), "owned_by": "assay", "root": .string(name), "parent": .null,
            "max_model_len": .integer(Int64(contextLength)),
        ]
    }

    /// As vLLM's `/tokenizer_info`.
    var tokenizerInformation: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        return [
            "tokenizer_class": "AssayTokenizer", "bos_token": text(beginOfText), "eos_token": text(endOfText), "pad_token": text(endOfText),
            "chat_template": text(information.chatTemplate), "model_max_length": .integer(Int64(contextLength)),
            "vocab_size": .integer(Int64(information.vocabularySize)),
        ]
    }
}
