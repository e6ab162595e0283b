/// Why the engine cannot do what was asked.
package struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The weights or their metadata contradict themselves.
        case malformedModel = "malformed-model"
        /// Well-formed, but of a kind that this engine does not run.
        case unsupportedModel = "unsupported-model"
        /// More tokens than the model's context or the configured limit.
        case contextExceeded = "context-exceeded"
        /// More memory than is allowed.
        case limitExceeded = "limit-exceeded"
        case invalidRequest = "invalid-request"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// A short name from outside, fit for a message.
    static func shown(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars.prefix(64) {
            text.unicodeScalars.append(scalar.value > 0x20 && scalar.value < 0x7F ? scalar : "?")
        }
        return text
    }
}
