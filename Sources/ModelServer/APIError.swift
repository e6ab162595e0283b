import CanonicalEncoding
import EngineProtocol
import HTTPTypes

/// What a client is told when a request cannot be done, in OpenAI's shape.
package struct APIError: Error, Hashable, Sendable, CustomStringConvertible {
    package var status: Int
    package var message: String
    /// `invalid_request_error`, `server_error` …
    package var type: String
    /// The member at fault, as `messages[0].content`.
    package var member: String?
    /// A word for programs.
    package var code: String?

    package init(status: Int, _ message: String, type: String, member: String? = nil, code: String? = nil) {
        self.status = status
        self.message = message
        self.type = type
        self.member = member
        self.code = code
    }

    package var description: String { message }

    package var json: JSONValue {
        [
            "error": [
                "message": .string(message), "type": .string(type), "param": member.map { .string($0) } ?? .null,
                "code": code.map { .string($0) } ?? .null,
            ]
        ]
    }
}

extension APIError {
    /// A member with a wrong value.
    static func wrong(_ member: String, _ message: String) -> APIError {
        APIError(status: 400, "\(member): \(message)", type: "invalid_request_error", member: member)
    }

    /// A member, or a value of one, that this server does not do.
    static func unsupported(_ member: String, _ message: String) -> APIError {
        APIError(status: 400, "\(member): \(message)", type: "invalid_request_error", member: member, code: "unsupported_parameter")
    }

    static func malformed(_ message: String) -> APIError {
        APIError(status: 400, "the body cannot be read: \(message)", type: "invalid_request_error")
    }

    static func contextExceeded(_ message: String, member: String) -> APIError {
        APIError(status: 400, message, type: "invalid_request_error", member: member, code: "context_length_exceeded")
    }

    static func notFound(_ message: String, member: String? = nil, code: String? = nil) -> APIError {
        APIError(status: 404, message, type: "not_found_error", member: member, code: code)
    }

    static let tooLarge = APIError(
        status: 413, "the body has more than \(ServerLimits.bodyBytes) bytes", type: "invalid_request_error", code: "body_too_large")
    static let busy = APIError(
        status: 429, "\(ServerLimits.waiting) requests wait for the model already: ask again later", type: "rate_limit_error", code: "queue_full")
    static let stopping = APIError(status: 503, "the server is stopping", type: "server_error", code: "stopping")

    /// What the worker said, or why it says nothing any more.
    init(_ error: EngineError) {
        switch error {
        case .refused(let failure):
            switch failure.code {
            case .invalidRequest: self.init(status: 400, failure.message, type: "invalid_request_error")
            case .contextExceeded: self = .contextExceeded(failure.message, member: "max_tokens")
            case .limitExceeded:
                self.init(status: 400, failure.message, type: "invalid_request_error", code: "limit_exceeded")
            case .unsupportedModel, .malformedModel:
                self.init(status: 400, failure.message, type: "invalid_request_error", code: failure.code.rawValue)
            case .notLoaded, .internalFault:
                self.init(status: 500, failure.message, type: "server_error", code: failure.code.rawValue)
            }
        case .unsendable(let message): self.init(status: 400, message, type: "invalid_request_error", code: "limit_exceeded")
        case .timedOut, .ended, .violation, .gone:
            self.init(status: 503, error.description, type: "server_error", code: "worker_gone")
        }
    }

    /// Whatever was thrown on the way to a reply.
    init(any error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as EngineError: self.init(error)
        case let error as JSONFieldError: self = .wrong(RequestMembers.name(error.path), error.message)
        case let error as JSONError: self = .malformed(error.description)
        case is CancellationError: self = .stopping
        default: self.init(status: 500, "\(error)", type: "server_error")
        }
    }
}

/// Bounds on what clients may ask for at a time.
package enum ServerLimits {
    package static let bodyBytes = 16 << 20
    /// Connections that are open at a time; further ones wait to be accepted.
    package static let connections = 256
    /// Requests that wait for the worker.
    package static let waiting = 256
    /// Prompts times `n` in one request.
    package static let texts = 1024
    /// Alternatives at one place, as OpenAI and vLLM have it.
    package static let alternatives = 20
    /// A connection on which nothing comes is closed, unless its reply is awaited.
    package static let idleSeconds: Int64 = 75
    /// What one step of the worker may take: reading one prompt is the longest.
    package static let step = Duration.seconds(3600)
}
