import EngineProtocol
import Glibc

/// A stream socket, with a deadline for everything.
final class ByteSocket {
    private let descriptor: Int32
    private let deadline: Deadline
    private var buffer: [UInt8] = []
    private var start = 0

    init(_ server: RemoteLocation.Server, deadline: Deadline) throws(RemoteError) {
        self.deadline = deadline
        switch server {
        case .unix(let path): descriptor = try Self.connect(unix: path)
        case .tcp(let host, let port): descriptor = try Self.connect(host, port)
        }
    }

    deinit { close(descriptor) }

    private static func connect(unix path: String) throws(RemoteError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard descriptor >= 0, connected else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw RemoteError("nobody answers at \(path): \(reason)")
        }
        return descriptor
    }

    private static func connect(_ host: String, _ port: Int) throws(RemoteError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, "\(port)", &hints, &list)
        guard status == 0 else { throw RemoteError("the host \(host) is not known: \(String(cString: gai_strerror(status)))") }
        defer { freeaddrinfo(list) }
        var reason = "no address"
        var next = list
        while let entry = next?.pointee {
            let descriptor = socket(entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), entry.ai_protocol)
            if descriptor >= 0, Glibc.connect(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 { return descriptor }
            reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            next = entry.ai_next
        }
        throw RemoteError("nobody answers at \(host):\(port): \(reason)")
    }

    func write(_ bytes: [UInt8]) throws(RemoteError) {
        var sent = 0
        while sent < bytes.count {
            try wait(for: Int16(POLLOUT))
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw RemoteError("sending to the server failed: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// The next line without its line end.
    func line(maxBytes: Int) throws(RemoteError) -> [UInt8] {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                let line = buffer[start..<end]
                start = end + 1
                return Array(line.last == 0x0D ? line.dropLast() : line)
            }
            guard buffer.count - start <= maxBytes else { throw RemoteError("the server sends a line of more than \(maxBytes) bytes") }
            let waiting = buffer.count - start
            guard try fill() else { throw RemoteError("the server's reply ends within a line") }
            searched = start + waiting
        }
    }

    /// Up to `count` bytes, at least one; empty at the end.
    func some(_ count: Int) throws(RemoteError) -> [UInt8] {
        if start == buffer.count, try !fill() { return [] }
        let end = start + min(count, buffer.count - start)
        defer { start = end }
        return Array(buffer[start..<end])
    }

    /// Reads some more; false at the end.
    private func fill() throws(RemoteError) -> Bool {
        buffer.removeFirst(start)
        start = 0
        var more = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            try wait(for: Int16(POLLIN))
            let count = recv(descriptor, &more, more.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count >= 0 else { throw RemoteError("reading the server's reply failed: \(String(cString: strerror(errno)))") }
            buffer += more[..<count]
            return count > 0
        }
    }

    private func wait(for events: Int16) throws(RemoteError) {
        var polled = pollfd(fd: descriptor, events: events, revents: 0)
        while true {
            let ready = poll(&polled, 1, deadline.pollTimeout)
            if ready > 0 { return }
            guard !deadline.hasPassed else { throw RemoteError("the server did not answer in time") }
        }
    }
}
