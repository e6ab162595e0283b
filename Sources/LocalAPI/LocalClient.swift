import CanonicalEncoding
import Glibc

/// `assay`'s side: one request at a time.
package struct LocalClient: Sendable {
    private let connection: LocalConnection

    /// Connects to the appliance that listens at `path`.
    package init(path: String) throws(LocalConnectionError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw LocalConnectionError(code: .cannotConnect, description: "No socket: \(String(cString: strerror(errno))).")
        }
        connection = LocalConnection(descriptor: descriptor)
        let status = try LocalConnection.withAddress(path, .cannotConnect) { connect(descriptor, $0, $1) }
        guard status == 0 else {
            throw LocalConnectionError(
                code: .cannotConnect,
                description: "No appliance answers at \(path): \(String(cString: strerror(errno))). Is assayd running there?")
        }
    }

    /// Sends a request and waits for its result.
    ///
    /// - Parameter progress: called for each progress message.
    /// - Throws: `LocalFailure` when the appliance refuses, `LocalConnectionError` when it does not answer.
    package func call(
        _ method: String, _ parameters: JSONValue = [:], progress: (LocalProgress) -> Void = { _ in }
    ) throws -> JSONValue {
        do {
            try connection.send(LocalRequest(method: method, parameters: parameters).json)
        } catch {
            // Whom the appliance turns away it answers at once, and hangs up: that answer may be there already.
            guard let message = try? connection.receive(), case .failure(let failure)? = try? LocalReply(json: message) else { throw error }
            throw failure
        }
        while let message = try connection.receive() {
            switch try LocalReply(json: message) {
            case .progress(let step): progress(step)
            case .result(let value): return value
            case .failure(let failure): throw failure
            }
        }
        throw LocalConnectionError(
            code: .closed, description: "The appliance closed the connection without an answer. Its log says why.")
    }
}
