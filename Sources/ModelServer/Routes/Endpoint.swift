import CanonicalEncoding
import EngineProtocol
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What the routes share: the model, the worker, and how requests are read and replies are made.
struct Endpoint: Sendable {
    let model: ServedModel
    let queue: WorkerQueue
    let texts = TokenTexts()
    let rules: MemberRules
    /// Numbers for ids of replies.
    let numbers = ReplyNumbers()

    init(model: ServedModel, queue: WorkerQueue, logger: Logger) {
        self.model = model
        self.queue = queue
        rules = MemberRules(logger: logger)
    }

    /// Reads the body, then gives the request up as soon as the client does.
    ///
    /// The connection closes with the reply: there is no other way to see that the client has gone.
    func answer(
        _ request: Request, known: Set<String>, _ body: @Sendable (RequestMembers) async throws -> Response
    ) async throws -> Response {
        let (members, request) = try await read(request, known: known)
        return try await whileConnected(request) { try await body(members) }
    }

    /// What `answer` does with a request whose body has been read.
    func whileConnected(
        _ request: Request, headers: HTTPFields = [:], _ body: @Sendable () async throws -> Response
    ) async throws -> Response {
        var response = try await request.body.consumeWithCancellationOnInboundClose { _ in try await body() }
        response.headers.append(contentsOf: headers)
        response.headers[.connection] = "close"
        return response
    }

    func read(_ request: Request, known: Set<String>) async throws -> (RequestMembers, Request) {
        var request = request
        let buffer: ByteBuffer
        do { buffer = try await request.collectBody(upTo: ServerLimits.bodyBytes) } catch {
            if error is NIOTooManyBytesError || error is CancellationError || error is any HTTPResponseError { throw error }
            // A chunk without a size, a connection that breaks off.
            throw APIError.malformed("it does not come as HTTP says")
        }
        let members = try RequestMembers(Array(buffer.readableBytesView))
        try rules.check(members, known: known)
        // A client that names no model means the only one.
        if let name = try members.string("model"), Array(name.utf8) != Array(model.name.utf8) {
            throw APIError.notFound("there is no model of that name here; this is \(model.name)", member: "model", code: "model_not_found")
        }
        return (members, request)
    }

    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: try CanonicalJSON.encode(value, numbers: .any))))
    }

    /// The prompt's tokens, where they leave room for as many as are wanted.
    func check(_ tokens: [Int], newTokens: Int, member: String) throws {
        guard !tokens.isEmpty else { throw APIError.wrong(member, "it has no tokens; give it at least one") }
        // The last token written is never read.
        guard tokens.count + newTokens <= model.contextLength else {
            throw APIError.contextExceeded(
                "this model's context is \(model.contextLength) tokens; the prompt has \(tokens.count) and \(newTokens) are to be written: "
                    + "shorten the prompt or ask for fewer", member: newTokens > 0 && tokens.count < model.contextLength ? "max_tokens" : member)
        }
        if let strange = tokens.first(where: { $0 >= model.information.vocabularySize }) {
            throw APIError.wrong(member, "the token \(strange) is not in the vocabulary of \(model.information.vocabularySize)")
        }
    }
}

/// Numbers replies, so that each has an id of its own.
actor ReplyNumbers {
    private var last = 0
    private let start = UInt64.random(in: .min ... .max)

    func id(_ kind: String) -> String {
        last += 1
        return "\(kind)-\(String(start, radix: 16))-\(last)"
    }
}

/// Every failure in OpenAI's shape, whatever it came from.
struct FailureReplies: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let failure = Self.failure(error, request)
            var response = try Endpoint.json(failure.json, status: .init(code: failure.status))
            // What is left of the body is not waited for.
            response.headers[.connection] = "close"
            if failure.status == 429 || failure.status == 503 { response.headers[.retryAfter] = "1" }
            return response
        }
    }

    private static func failure(_ error: any Error, _ request: Request) -> APIError {
        if error is NIOTooManyBytesError { return .tooLarge }
        guard let error = error as? any HTTPResponseError else { return APIError(any: error) }
        switch error.status.code {
        case 413: return .tooLarge
        case 404, 405:
            return APIError(
                status: error.status.code, "there is no \(request.method.rawValue) of this path here", type: "invalid_request_error",
                code: "unknown_url")
        default: return APIError(status: error.status.code, error.status.reasonPhrase, type: error.status.code < 500 ? "invalid_request_error" : "server_error")
        }
    }
}
