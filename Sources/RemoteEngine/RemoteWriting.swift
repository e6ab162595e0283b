import CanonicalEncoding
import EngineProtocol

/// Texts that a server writes, one after the other, each in a stream of its own.
struct RemoteWriting {
    private let dialect: any RemoteDialect
    private let prompts: [[Int]]
    private let request: WritingRequest
    private let endOfText: Int?
    private var current = 0
    private var stream: HTTPExchange?
    /// What came with an event beyond the steps that were asked for.
    private var pending: WrittenPart?

    init(_ dialect: any RemoteDialect, _ prompts: [[Int]], _ request: WritingRequest, endOfText: Int?) {
        self.dialect = dialect
        self.prompts = prompts
        self.request = request
        self.endOfText = endOfText
    }

    var isFinished: Bool { current >= prompts.count }

    /// Takes up to `steps` tokens from the server.
    mutating func advance(steps: Int) throws -> [WrittenPart] {
        var parts = prompts.map { _ in WrittenPart() }
        var taken = 0
        while !isFinished, taken < steps {
            if request.maximumNewTokens < 1 {
                parts[current].finishReason = .length
                current += 1
                continue
            }
            var part = try pending ?? next()
            pending = part.tail(after: steps - taken)
            taken += max(1, part.tokens.count)
            parts[current].add(part)
            if part.finishReason != nil {
                stream = nil
                current += 1
            }
        }
        return parts
    }

    /// What the next event brings.
    private mutating func next() throws -> WrittenPart {
        let stream = try self.stream ?? open()
        self.stream = stream
        guard let data = try stream.event(), data != Array("[DONE]".utf8) else {
            throw EngineFailure(.internalFault, "the server's text ended without a reason")
        }
        var part = try dialect.part(JSONField(HTTPExchange.parse(data)), alternatives: request.alternativeCount)
        // The token that ends a text is not of it.
        if part.finishReason == .endOfText, let last = part.tokens.last, last == endOfText {
            part.tokens.removeLast()
            part.logprobs.removeLast()
            part.alternatives?.places.removeLast()
        }
        return part
    }

    /// Each text has a seed of its own.
    private func open() throws -> HTTPExchange {
        let (path, body) = try dialect.writing(prompts[current], request, seed: request.sampling.seed &+ UInt64(current))
        return try dialect.client.stream(path, body)
    }
}

extension WrittenPart {
    /// Takes away all tokens but the first `count`, and with them what came at the end; nil where there are no more.
    fileprivate mutating func tail(after count: Int) -> WrittenPart? {
        guard tokens.count > count else { return nil }
        var tail = self
        tail.tokens.removeFirst(count)
        tail.logprobs.removeFirst(count)
        tail.alternatives?.places.removeFirst(count)
        tokens.removeLast(tokens.count - count)
        logprobs.removeLast(logprobs.count - count)
        if let places = alternatives?.places { alternatives = TokenAlternatives(Array(places.prefix(count))) }
        (text, finishReason) = ("", nil)
        return tail
    }

    fileprivate mutating func add(_ more: WrittenPart) {
        tokens += more.tokens
        logprobs += more.logprobs
        if let places = more.alternatives?.places { alternatives = TokenAlternatives((alternatives?.places ?? []) + places) }
        text += more.text
        finishReason = more.finishReason
    }
}
