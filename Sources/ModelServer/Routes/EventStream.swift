import CanonicalEncoding
import HTTPTypes
import Hummingbird
import NIOCore

/// A reply in server-sent events.
enum EventStream {
    /// - Parameter body: sends values as they come; what it throws becomes the last event.
    static func response(
        _ request: Request, headers: HTTPFields, _ body: @escaping @Sendable (_ send: (JSONValue) async throws -> Void) async throws -> Void
    ) -> Response {
        var headers = headers
        headers[.contentType] = "text/event-stream; charset=utf-8"
        headers[.cacheControl] = "no-cache"
        headers[.connection] = "close"
        return Response(
            status: .ok, headers: headers,
            body: .init { writer in
                do {
                    try await request.body.consumeWithCancellationOnInboundClose { _ in
                        do {
                            try await body { try await writer.write(event(try CanonicalJSON.encode($0, numbers: .any))) }
                        } catch let error where !(error is CancellationError) {
                            try await writer.write(event(try CanonicalJSON.encode(APIError(any: error).json, numbers: .any)))
                        }
                        try await writer.write(event(Array("[DONE]".utf8)))
                    }
                } catch is CancellationError {
                    // The client has gone, and nobody reads an ending.
                }
                try await writer.finish(nil)
            })
    }

    private static func event(_ data: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(data.count + 8)
        buffer.writeString("data: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}
