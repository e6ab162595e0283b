import Glibc

/// A stream socket to a server under test, on which any bytes may be sent.
package final class RawConnection {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// A reply, as far as these tests read HTTP.
    package struct Reply {
        package let status: Int
        package let headers: [String: String]
        package let body: [UInt8]

        /// The data of server-sent events.
        package var events: [[UInt8]] {
            String(decoding: body, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { Array($0.utf8.dropFirst(6)) }
        }
    }

    private let descriptor: Int32

    package init(socket path: String) throws {
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
        var time = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    package init(port: Int) throws {
        descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 else { throw Failure(description: "port \(port): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    package func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            // A server that has heard enough closes.
            guard count > 0 else { return }
            sent += count
        }
    }

    package func request(_ method: String, _ path: String, _ body: [UInt8]? = nil) {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        send(Array((head + "\r\n").utf8) + (body ?? []))
    }

    /// Bytes as they come; empty at the end.
    package func some() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }

    /// All until the server closes.
    package func reply() throws -> Reply {
        var bytes: [UInt8] = []
        while case let more = some(), !more.isEmpty { bytes += more }
        let end: [UInt8] = [13, 10, 13, 10]
        guard let place = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else {
            throw Failure(description: "no head in \(bytes.count) bytes")
        }
        let lines = String(decoding: bytes[..<place], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else {
            throw Failure(description: "no status")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        var body = Array(bytes[(place + 4)...])
        if headers["transfer-encoding"] == "chunked" { body = Self.unchunked(body) }
        return Reply(status: status, headers: headers, body: body)
    }

    private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...], body: [UInt8] = []
        while let end = rest.firstIndex(of: 13), let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), size > 0 {
            let start = end + 2
            guard start + size <= rest.endIndex else { break }
            body += rest[start..<start + size]
            rest = rest[(start + size)...].dropFirst(2)
        }
        return body
    }
}
