import CanonicalEncoding
import EngineProtocol

/// One request to a server and its reply (RFC 9112), on a connection of its own.
final class HTTPExchange {
    private enum Framing {
        case length(Int)
        /// Bytes left of the chunk; nil before the first and after each.
        case chunks(Int?)
        case untilClose
    }

    /// Of a reply that is read whole.
    static let maximumBody = 64 << 20
    private static let maximumLine = 64 << 10
    private static let maximumHeaders = 200

    let status: Int
    private let socket: ByteSocket
    private var framing: Framing
    private var rest: [UInt8] = []
    private var isAtEnd = false

    /// Sends a request and reads the reply's head.
    ///
    /// - Parameter body: nil for a GET.
    init(_ server: RemoteLocation.Server, path: String, body: JSONValue?, within duration: Duration) throws {
        socket = try ByteSocket(server, deadline: .after(duration))
        let host =
            switch server {
            case .unix: "localhost"
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            }
        var head = "\(body == nil ? "GET" : "POST") \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\nAccept: */*\r\n"
        var bytes: [UInt8] = []
        if let body {
            bytes = try CanonicalJSON.encode(body, numbers: .any)
            head += "Content-Type: application/json\r\nContent-Length: \(bytes.count)\r\n"
        }
        try socket.write(Array((head + "\r\n").utf8) + bytes)
        var (code, headers) = (100, [String: String]())
        // 100 and its like come before the reply proper.
        for _ in 0..<8 where (100..<200).contains(code) { (code, headers) = try Self.head(socket) }
        status = code
        if let coding = headers["transfer-encoding"] {
            guard coding == "chunked" else { throw RemoteError("the server uses the transfer coding \(coding.prefix(40))") }
            framing = .chunks(nil)
        } else if let length = headers["content-length"] {
            guard let count = Int(length), count >= 0 else { throw RemoteError("the server's content length is no number") }
            framing = .length(count)
        } else {
            framing = .untilClose
        }
    }

    private static func head(_ socket: ByteSocket) throws(RemoteError) -> (Int, [String: String]) {
        let words = String(decoding: try socket.line(maxBytes: maximumLine), as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]), (100..<600).contains(code) else {
            throw RemoteError("what answers is no HTTP server")
        }
        var headers: [String: String] = [:]
        while true {
            let line = String(decoding: try socket.line(maxBytes: maximumLine), as: UTF8.self)
            if line.isEmpty { return (code, headers) }
            guard headers.count < maximumHeaders, let colon = line.firstIndex(of: ":") else {
                throw RemoteError("the server's headers cannot be read")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers[line[..<colon].lowercased()] = String(value.reversed().drop { $0 == " " || $0 == "\t" }.reversed()).lowercased()
        }
    }

    /// The next bytes of the body; empty at its end.
    private func some() throws(RemoteError) -> [UInt8] {
        while !isAtEnd {
            switch framing {
            case .untilClose:
                let bytes = try socket.some(1 << 16)
                isAtEnd = bytes.isEmpty
                return bytes
            case .length(let left):
                guard left > 0 else { break }
                let bytes = try socket.some(min(left, 1 << 16))
                guard !bytes.isEmpty else { throw RemoteError("the server's reply ends too soon") }
                framing = .length(left - bytes.count)
                return bytes
            case .chunks(let left?):
                let bytes = try socket.some(min(left, 1 << 16))
                guard !bytes.isEmpty else { throw RemoteError("the server's reply ends within a chunk") }
                framing = .chunks(left - bytes.count)
                if left == bytes.count {
                    guard try socket.line(maxBytes: 2).isEmpty else { throw RemoteError("a chunk of the server's reply has no end") }
                    framing = .chunks(nil)
                }
                return bytes
            case .chunks(nil):
                let size = String(decoding: try socket.line(maxBytes: 256), as: UTF8.self).prefix { $0 != ";" && $0 != " " }
                guard let count = Int(size, radix: 16), count >= 0 else { throw RemoteError("a chunk of the server's reply has no size") }
                if count > 0 {
                    framing = .chunks(count)
                    continue
                }
                // Nothing of what may follow is of use.
            }
            isAtEnd = true
        }
        return []
    }

    /// The whole body as JSON. Text that is no UTF-8, as of half a character, is repaired.
    func json() throws -> JSONValue {
        var bytes = rest
        while case let more = try some(), !more.isEmpty {
            bytes += more
            guard bytes.count <= Self.maximumBody else { throw RemoteError("the server's reply has more than \(Self.maximumBody) bytes") }
        }
        return try Self.parse(bytes)
    }

    /// The data of the next server-sent event; nil at the end.
    func event() throws(RemoteError) -> [UInt8]? {
        while true {
            while let end = rest.firstIndex(of: 0x0A) {
                var line = rest[..<end]
                rest.removeFirst(end + 1)
                if line.last == 0x0D { line = line.dropLast() }
                guard line.starts(with: "data:".utf8) else { continue }
                return Array(line.dropFirst(5).drop { $0 == 0x20 })
            }
            guard rest.count <= Self.maximumBody else { throw RemoteError("the server sends an event of more than \(Self.maximumBody) bytes") }
            let more = try some()
            guard !more.isEmpty else { return nil }
            rest += more
        }
    }

    static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        let text = Array(String(decoding: bytes, as: UTF8.self).utf8)
        return try StrictJSON.parse(text, limits: JSONLimits(maxBytes: 3 * maximumBody, maxDepth: 64, maxValues: 4_000_000))
    }
}
