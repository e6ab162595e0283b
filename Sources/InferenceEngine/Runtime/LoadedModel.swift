import CanonicalEncoding
import PromptTemplates
import WeightFormats

/// A model ready for use: weights, tokenizer and chat template.
package final class LoadedModel {
    package let weights: WeightTable
    /// Numbers that the weights are, however they are stored.
    package let parameterCount: Int
    package let tokenizer: Tokenizer
    package let model: Transformer
    /// Beginnings that are likely to come again.
    let prefixes = PrefixStore()
    /// Made when a text is first confined to some choices.
    private(set) lazy var tokensByFirstByte = TokensByFirstByte(tokenizer)
    /// The chat template as the model's files have it.
    package let templateSource: String?
    private let template: Result<Template, EngineError>?

    /// The files beside safetensors weights; a GGUF file holds all of it itself.
    package struct SideFiles: Sendable {
        package var configuration: [UInt8]?
        package var tokenizer: [UInt8]?
        /// `tokenizer.model`, which is read where there is no `tokenizer.json`.
        package var tokenizerModel: [UInt8]?
        package var tokenizerConfiguration: [UInt8]?
        /// `chat_template.jinja`, which goes before the one in the tokenizer's configuration.
        package var chatTemplate: [UInt8]?
        /// AutoGPTQ's `quantize_config.json` and AutoAWQ's `quant_config.json`, where config.json says nothing of quantisation.
        package var gptqConfiguration, awqConfiguration: [UInt8]?

        package init(
            configuration: [UInt8]? = nil, tokenizer: [UInt8]? = nil, tokenizerModel: [UInt8]? = nil,
            tokenizerConfiguration: [UInt8]? = nil, chatTemplate: [UInt8]? = nil, gptqConfiguration: [UInt8]? = nil,
            awqConfiguration: [UInt8]? = nil
        ) {
            self.configuration = configuration
            self.tokenizer = tokenizer
            self.tokenizerModel = tokenizerModel
            self.tokenizerConfiguration = tokenizerConfiguration
            self.chatTemplate = chatTemplate
            self.gptqConfiguration = gptqConfiguration
            self.awqConfiguration = awqConfiguration
        }

        /// The tokenizer, where there is one.
        package func readTokenizer() throws(TokenizerError) -> Tokenizer? {
            if let tokenizer { return try Tokenizer(tokenizerJSON: tokenizer, configuration: tokenizerConfiguration) }
            guard let tokenizerModel else { return nil }
            return try Tokenizer(sentencePieceModel: tokenizerModel, configuration: tokenizerConfiguration)
        }
    }

    /// A model in one file.
    /// - Throws: `EngineError` that says what is wrong with the model.
    package convenience init(
        _ file: MappedFile, sideFiles: SideFiles = SideFiles(), configuration: EngineConfiguration = EngineConfiguration()
    ) throws(EngineError) {
        let table: WeightTable
        do { table = try WeightTable(WeightContainer.open(file)) } catch { throw Self.failure(error) }
        try self.init(table, sideFiles: sideFiles, configuration: configuration)
    }

    /// - Throws: `EngineError` that says what is wrong with the model.
    package init(
        _ weights: WeightTable, sideFiles: SideFiles = SideFiles(), configuration: EngineConfiguration = EngineConfiguration()
    ) throws(EngineError) {
        let description: ModelDescription
        let stored: LogicalWeights
        var source: String?
        self.weights = weights
        do {
            stored = try LogicalWeights(
                weights, configuration: sideFiles.configuration, quantizeConfig: sideFiles.gptqConfiguration,
                quantConfig: sideFiles.awqConfiguration)
            switch weights.containers[0] {
            case .gguf(let gguf):
                description = try ModelDescription.read(gguf, weights)
                tokenizer = try Tokenizer(gguf: gguf)
                source = gguf.metadata["tokenizer.chat_template"]?.string
            case .safetensors:
                guard let json = sideFiles.configuration, let words = try sideFiles.readTokenizer() else {
                    throw EngineError(
                        .malformedModel,
                        "safetensors weights need their config.json and tokenizer.json (or tokenizer.model) beside them")
                }
                description = try ModelDescription.read(configJSON: json)
                tokenizer = words
                source = try Self.chatTemplate(sideFiles)
            }
        } catch {
            throw Self.failure(error)
        }
        parameterCount = stored.weights.reduce(0) { $0 + $1.rows * $1.columns }
        guard tokenizer.vocabularySize <= description.shape.vocabulary else {
            throw EngineError(
                .malformedModel, "the tokenizer has \(tokenizer.vocabularySize) tokens, the model only \(description.shape.vocabulary)")
        }
        templateSource = source
        // A template that cannot be read is an error when it is used, not before: weights can be judged without it.
        template = source.map { source in
            Result { () throws(EngineError) in
                do { return try Template(source, options: .chat) } catch {
                    throw EngineError(.malformedModel, "the model's chat template: \(error)")
                }
            }
        }
        model = try Transformer(stored, description, configuration: configuration)
    }

    private static func failure(_ error: any Error) -> EngineError {
        switch error {
        case let error as EngineError: error
        case let error as TokenizerError where error.code == .unsupported: EngineError(.unsupportedModel, "\(error)")
        case let error as WeightError where error.code == .unsupportedTensorType || error.code == .unsupportedScheme: EngineError(.unsupportedModel, "\(error)")
        default: EngineError(.malformedModel, "\(error)")
        }
    }

    /// The template beside safetensors weights: one text, or a list of named ones, of which `default` is taken.
    private static func chatTemplate(_ files: SideFiles) throws -> String? {
        if let bytes = files.chatTemplate {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw EngineError(.malformedModel, "chat_template.jinja is no UTF-8")
            }
            return text
        }
        guard let json = files.tokenizerConfiguration else { return nil }
        let value = try StrictJSON.parse(json)["chat_template"]
        guard let list = value?.array else { return value?.string }
        return list.first { $0["name"]?.string.map { ExactString($0) } == ExactString("default") }?["template"]?.string
    }

    package var hasChatTemplate: Bool { template != nil }

    /// A conversation as the model was trained to read it.
    package func render(_ messages: [ChatMessage], addGenerationPrompt: Bool = true) throws(EngineError) -> String {
        guard let template else {
            throw EngineError(.unsupportedModel, "the model has no chat template; give it plain text or tokens")
        }
        let parsed = try template.get()
        func spelling(_ id: Int32?) -> String {
            id.flatMap { tokenizer.token($0) }.map { String(decoding: $0.spelling, as: UTF8.self) } ?? ""
        }
        do {
            return try ChatTemplate.render(
                parsed, messages: messages.map(\.json), bosToken: spelling(tokenizer.beginOfText),
                eosToken: spelling(tokenizer.endOfText), addGenerationPrompt: addGenerationPrompt)
        } catch {
            throw EngineError(.malformedModel, "the model's chat template: \(error)")
        }
    }
}
