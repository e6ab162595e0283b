import Foundation
import Glibc
import Synchronization
import Testing

/// A server on a Unix socket that answers each connection with the bytes that a script gives for its request.
final class ScriptedServer: Sendable {
    let path: String
    private let listener: Int32
    private let asked = Mutex<[String]>([])

    /// - Parameter script: from the request's first line and body to all that is sent back, before the connection closes.
    init(_ script: @escaping @Sendable (_ line: String, _ body: String) -> [UInt8]) throws {
        let path = "/tmp/assay-scripted-\(UInt32.random(in: .min ... .max))"
        let listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0 && listen(listener, 16) == 0)
        (self.path, self.listener) = (path, listener)
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                let (line, body) = Self.request(connection)
                asked.withLock { $0.append(line + " " + body) }
                let reply = script(line, body)
                var sent = 0
                while sent < reply.count {
                    let count = reply.withUnsafeBytes { send(connection, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL)) }
                    guard count > 0 else { break }
                    sent += count
                }
                close(connection)
            }
        }
    }

    deinit { unlink(path) }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
    }

    /// What it was asked so far.
    var requests: [String] { asked.withLock { $0 } }

    private static func request(_ connection: Int32) -> (String, String) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let end: [UInt8] = [13, 10, 13, 10]
        while true {
            if let place = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) {
                let head = String(decoding: bytes[..<place], as: UTF8.self)
                let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
                if bytes.count - place - 4 >= length {
                    return (String(head.split(separator: "\r\n").first ?? ""), String(decoding: bytes[(place + 4)...], as: UTF8.self))
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return ("", "") }
            bytes += buffer[..<count]
        }
    }

    static func json(_ text: String, status: Int = 200) -> [UInt8] {
        Array("HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)".utf8)
    }

    /// Server-sent events, each in a chunk that is cut in two.
    static func events(_ events: [String]) -> [UInt8] {
        var text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        for event in events.map({ "data: \($0)\n\n" }) {
            let middle = event.utf8.count / 2
            let (one, other) = (event.utf8.prefix(middle), event.utf8.dropFirst(middle))
            for part in [one, other] where !part.isEmpty { text += String(part.count, radix: 16) + "\r\n" + String(decoding: part, as: UTF8.self) + "\r\n" }
        }
        return Array((text + "0\r\n\r\n").utf8)
    }
}
