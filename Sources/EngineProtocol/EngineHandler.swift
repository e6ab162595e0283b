/// What a worker can be asked to do: one method per request of the protocol.
///
/// `EngineServer` decodes a request, calls the method, and sends what it returns; an `EngineFailure` that a method
/// throws becomes an error reply and the worker lives on. Calls come one at a time, on the thread that runs the server.
/// Everything in a request except the file descriptors is data that the appliance wrote; the bytes behind the
/// descriptors are hostile.
package protocol EngineHandler {
    /// Who this engine is and how it calculates. Asked first, before anything hostile is read.
    mutating func identity() -> EngineIdentity

    /// Reads a model. `descriptors[i]` is the sealed memfd of `request.files[i]`; the server closes them all when this
    /// returns, so a handler that keeps reading from one maps or duplicates it. A second load replaces the first model.
    mutating func load(_ request: LoadRequest, descriptors: [Int32]) throws(EngineFailure) -> ModelInformation

    /// What `load` returned, again.
    mutating func information() throws(EngineFailure) -> ModelInformation

    /// Token ids of each text.
    mutating func tokenize(_ request: TokenizeRequest) throws(EngineFailure) -> [[Int]]

    /// Each conversation through the model's own chat template.
    mutating func renderChat(_ request: RenderChatRequest) throws(EngineFailure) -> [String]

    /// Log-likelihoods: one result per item, one score per continuation, in the request's order.
    mutating func score(_ request: ScoreRequest) throws(EngineFailure) -> [ScoreResult]

    /// One result per prompt, in the request's order. The result for a prompt depends on the prompt, the sampling, the
    /// seed and its position in the batch, never on the other prompts.
    mutating func generate(_ request: GenerateRequest) throws(EngineFailure) -> [GenerateResult]

    /// Statistics over the dequantised values of one tensor: of the model, or of the first file opened.
    mutating func tensorStatistics(_ request: TensorStatisticsRequest) throws(EngineFailure) -> TensorStatistics

    /// Opens weight files to be looked into; `descriptors` as for `load`. A model that was loaded is let go.
    mutating func openWeights(_ request: OpenWeightsRequest, descriptors: [Int32]) throws(EngineFailure) -> WeightTables

    /// Numbers of one tensor as they are stored.
    mutating func tensorValues(_ request: TensorValuesRequest) throws(EngineFailure) -> TensorValues

    /// The largest singular values of a matrix.
    mutating func tensorSpectrum(_ request: TensorSpectrumRequest) throws(EngineFailure) -> TensorSpectrum

    /// The difference between two tensors of one name and shape.
    mutating func compareTensors(_ request: TensorComparisonRequest) throws(EngineFailure) -> TensorComparison

    /// What a file says besides its tensors.
    mutating func weightMetadata(_ request: WeightMetadataRequest) throws(EngineFailure) -> WeightMetadata

    /// What each token stands for.
    mutating func detokenize(_ request: DetokenizeRequest) throws(EngineFailure) -> [TokenPiece]

    /// Begins text that is written in steps. What a prompt gives is what `generate` would give.
    mutating func beginWriting(_ request: WritingRequest) throws(EngineFailure) -> WritingStart

    /// One part per prompt, in the request's order; after the last reason to finish the worker has forgotten it.
    mutating func continueWriting(_ step: WritingStep) throws(EngineFailure) -> [WrittenPart]

    /// Forgets it, finished or not.
    mutating func endWriting(_ id: Int)
}

/// An engine need not write in steps.
extension EngineHandler {
    private var whole: EngineFailure { EngineFailure(.invalidRequest, "this engine does not write in steps") }

    package mutating func detokenize(_ request: DetokenizeRequest) throws(EngineFailure) -> [TokenPiece] { throw whole }

    package mutating func beginWriting(_ request: WritingRequest) throws(EngineFailure) -> WritingStart { throw whole }

    package mutating func continueWriting(_ step: WritingStep) throws(EngineFailure) -> [WrittenPart] { throw whole }

    package mutating func endWriting(_ id: Int) {}
}

/// An engine that runs models need not look into weights: it says that it does not.
extension EngineHandler {
    private var none: EngineFailure { EngineFailure(.invalidRequest, "this engine does not look into weight files") }

    package mutating func openWeights(_ request: OpenWeightsRequest, descriptors: [Int32]) throws(EngineFailure) -> WeightTables {
        throw none
    }

    package mutating func tensorValues(_ request: TensorValuesRequest) throws(EngineFailure) -> TensorValues { throw none }

    package mutating func tensorSpectrum(_ request: TensorSpectrumRequest) throws(EngineFailure) -> TensorSpectrum { throw none }

    package mutating func compareTensors(_ request: TensorComparisonRequest) throws(EngineFailure) -> TensorComparison { throw none }

    package mutating func weightMetadata(_ request: WeightMetadataRequest) throws(EngineFailure) -> WeightMetadata { throw none }
}

/// What goes back when a request cannot be done. The message is shown to people: it says what was wrong and what to
/// do next, and quotes nothing of the model's own text beyond a short name.
package struct EngineFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed vocabulary of failures.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The request itself is malformed or asks for the impossible (an unknown tensor, an empty prompt).
        case invalidRequest = "invalid-request"
        /// The request needs a model and none is loaded.
        case notLoaded = "not-loaded"
        /// The weights, tokenizer or template are malformed.
        case malformedModel = "malformed-model"
        /// The model is well-formed but of a kind that this engine does not run.
        case unsupportedModel = "unsupported-model"
        /// More tokens than the model's context length or the configured limit.
        case contextExceeded = "context-exceeded"
        /// Memory, time or another bound ran out.
        case limitExceeded = "limit-exceeded"
        /// A fault of the engine's own.
        case internalFault = "internal-fault"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
