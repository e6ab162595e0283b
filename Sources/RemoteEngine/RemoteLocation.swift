import CanonicalEncoding

/// Where a server is, and which of its models is meant. It travels as the file `configuration` of a load request:
/// `{"server":"http://HOST:PORT","model":NAME}` or `{"server":"unix:/PATH","model":NAME}`.
package struct RemoteLocation: Hashable, Sendable {
    package enum Server: Hashable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    package var server: Server
    package var model: String

    package init(server: Server, model: String) {
        self.server = server
        self.model = model
    }

    /// - Throws: `RemoteError` for another scheme, or what cannot be read.
    package init(server text: String, model: String) throws(RemoteError) {
        self.model = model
        if text.hasPrefix("unix:/") {
            let path = String(text.dropFirst("unix:".count))
            guard path.utf8.count <= 107 else { throw RemoteError("the socket's path has more than 107 bytes") }
            server = .unix(path: path)
            return
        }
        guard text.hasPrefix("http://") else {
            throw RemoteError("\(text.prefix(100)) is neither http://HOST:PORT nor unix:/PATH; there is no TLS here")
        }
        let address = text.dropFirst("http://".count).drop { $0 == "/" }.prefix { $0 != "/" }
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]), (1...65_535).contains(port),
            case let host = address[..<colon], !host.isEmpty
        else { throw RemoteError("\(text.prefix(100)) names no host and port") }
        server = .tcp(host: String(host.drop { $0 == "[" }.prefix { $0 != "]" }), port: port)
    }

    package init(json bytes: [UInt8]) throws {
        let field = JSONField(try StrictJSON.parse(bytes))
        try field.allow(only: ["server", "model"])
        try self.init(server: field.field("server").string(), model: field.field("model").string())
    }

    package var json: JSONValue {
        let text =
            switch server {
            case .tcp(let host, let port): "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
            case .unix(let path): "unix:\(path)"
            }
        return ["server": .string(text), "model": .string(model)]
    }
}

/// Why a server could not be asked, or what it said could not be used.
package struct RemoteError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
