import CanonicalEncoding
import EngineProtocol

/// Asks one server.
struct RemoteClient: Sendable {
    let location: RemoteLocation
    /// For one reply, or one stream.
    static let time = Duration.seconds(3600)

    func get(_ path: String) throws -> JSONField {
        try reply(HTTPExchange(location.server, path: path, body: nil, within: .seconds(60)), path)
    }

    func post(_ path: String, _ body: JSONValue) throws -> JSONField {
        try reply(HTTPExchange(location.server, path: path, body: body, within: Self.time), path)
    }

    /// Server-sent events.
    func stream(_ path: String, _ body: JSONValue) throws -> HTTPExchange {
        let exchange = try HTTPExchange(location.server, path: path, body: body, within: Self.time)
        guard exchange.status == 200 else { throw Self.failure(exchange.status, try? exchange.json(), path) }
        return exchange
    }

    private func reply(_ exchange: HTTPExchange, _ path: String) throws -> JSONField {
        guard exchange.status == 200 else { throw Self.failure(exchange.status, try? exchange.json(), path) }
        return JSONField(try exchange.json(), path: path)
    }

    /// The server's own words where it has any.
    private static func failure(_ status: Int, _ body: JSONValue?, _ path: String) -> EngineFailure {
        let words = body?["error"]?["message"]?.string ?? body?["message"]?.string ?? body?["error"]?.string ?? ""
        let message = "the server answers \(path) with status \(status)\(words.isEmpty ? "" : ": \(PlainText.of(words, maximumBytes: 1024))")"
        let isContext = words.contains("context")
        return EngineFailure(status == 400 ? (isContext ? .contextExceeded : .invalidRequest) : .internalFault, message)
    }
}
