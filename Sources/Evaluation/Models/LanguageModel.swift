/// What an evaluation asks of a model. The engine in its sandbox is one; a script in a test is another.
///
/// The result for a request must depend on that request alone, not on the others in its batch: replay relies on it.
///
/// A failure that belongs to one request (a prompt longer than the context) is returned in its place, and becomes part
/// of the record. A thrown error means that the model is gone or that the task was cancelled: the run stops there, and
/// can be taken up again.
package protocol LanguageModel: Sendable {
    /// Facts about the model and the machine, for the record.
    func information() async throws -> LanguageModelInformation
    /// Each conversation in the model's own chat template, ready for the model's answer; where the last turn is the assistant's,
    /// ending where that turn's text does, so that the model goes on there.
    func renderChat(_ conversations: [[ChatTurn]]) async throws -> [Result<String, RequestFailure>]
    /// The log-likelihood of every continuation. As many results as requests, in their order.
    func scoreContinuations(
        _ requests: [ContinuationRequest]
    ) async throws -> [Result<[ContinuationScore], RequestFailure>]
    /// The log-likelihood of each whole text, from the model's beginning of text on. A text that is longer than the context
    /// is read in windows, each of which predicts the tokens after the last one's with as much before them as fits
    /// (lm-evaluation-harness' `get_rolling_token_windows` with a context of one).
    func scoreTexts(_ texts: [String]) async throws -> [Result<ContinuationScore, RequestFailure>]
    /// Text. As many results as requests, in their order.
    func generate(_ requests: [GenerationRequest]) async throws -> [Result<GeneratedText, RequestFailure>]
}

/// One turn of a conversation.
package struct ChatTurn: Hashable, Sendable {
    package let role: String
    package let content: String

    package init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}

/// What a model is to read.
package enum ModelPrompt: Hashable, Sendable {
    case text(String)
    /// In the model's own chat template, with the opening of its answer; where the last turn is the assistant's, that is the
    /// beginning of the answer.
    case chat([ChatTurn])
}

/// A prompt and what may follow it.
package struct ContinuationRequest: Hashable, Sendable {
    package let prompt: ModelPrompt
    package let continuations: [String]

    package init(prompt: ModelPrompt, continuations: [String]) {
        self.prompt = prompt
        self.continuations = continuations
    }
}

/// How likely a continuation is.
package struct ContinuationScore: Hashable, Sendable {
    /// Sum of the natural logarithms of its tokens' probabilities.
    package let logLikelihood: Double
    /// One for each token.
    package let tokenLogLikelihoods: [Float]
    /// Whether each token was the most likely one.
    package let isGreedy: Bool

    package init(logLikelihood: Double, tokenLogLikelihoods: [Float], isGreedy: Bool) {
        self.logLikelihood = logLikelihood
        self.tokenLogLikelihoods = tokenLogLikelihoods
        self.isGreedy = isGreedy
    }
}

/// A prompt to be answered.
package struct GenerationRequest: Hashable, Sendable {
    package let prompt: ModelPrompt
    package let maximumTokens: Int
    /// The text is cut before the first of these.
    package let stopStrings: [String]
    /// 0 is greedy, and then nothing below has an effect.
    package let temperature: Double
    /// Only so many of the likeliest tokens stay; 0 keeps all.
    package let topK: Int
    /// The likeliest tokens that together reach this stay; 1 keeps all.
    package let topP: Double
    package let seed: UInt64

    package init(
        prompt: ModelPrompt, maximumTokens: Int, stopStrings: [String], temperature: Double, topK: Int = 0, topP: Double = 1, seed: UInt64
    ) {
        self.prompt = prompt
        self.maximumTokens = maximumTokens
        self.stopStrings = stopStrings
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.seed = seed
    }
}

/// What a model wrote.
package struct GeneratedText: Hashable, Sendable {
    /// Why it stopped, from the engine's vocabulary: `end-of-text`, `stop-string`, `length`, `context-full`.
    package let finish: String
    package let text: String
    package let tokens: [Int]
    package let promptTokenCount: Int

    package init(text: String, tokens: [Int], finish: String, promptTokenCount: Int) {
        self.text = text
        self.tokens = tokens
        self.finish = finish
        self.promptTokenCount = promptTokenCount
    }
}

/// Why one request could not be done.
package struct RequestFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// From a closed vocabulary of the model's.
    package let code: String
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}

/// What the record says about the model and about how it was calculated.
package struct LanguageModelInformation: Hashable, Sendable {
    /// `llama`, …
    package let architecture: String
    package let contextLength: Int
    package let hasChatTemplate: Bool
    package let threads: Int
    /// OpenBLAS's kernels, which compute nothing of an evaluation.
    package let blasCore: String
    /// Tile shapes and other choices that decide a result's last bits, by name.
    package let numerics: [String: String]
    /// Version and build of the engine.
    package let engine: String

    package init(
        architecture: String, contextLength: Int, hasChatTemplate: Bool, threads: Int, blasCore: String,
        numerics: [String: String], engine: String
    ) {
        self.architecture = architecture
        self.contextLength = contextLength
        self.hasChatTemplate = hasChatTemplate
        self.threads = threads
        self.blasCore = blasCore
        self.numerics = numerics
        self.engine = engine
    }
}
