import CLinux
import CanonicalEncoding
import EngineProtocol
import Foundation
import RemoteEngine
import Testing

/// A client whose worker asks a server, on a thread beside it.
enum RemoteWorker {
    static func with<Value>(_ body: (EngineClient) throws -> Value) throws -> Value {
        var pair: [Int32] = [-1, -1]
        try #require(assay_socketpair(&pair) == 0)
        let (ours, theirs) = (pair[0], pair[1])
        Thread.detachNewThread {
            var handler = RemoteHandler()
            try? EngineServer.run(fd: theirs, confinement: nil, handler: &handler)
            close(theirs)
        }
        let client = EngineClient(descriptor: ours)
        #expect(try client.hello().confinement == nil)
        return try body(client)
    }

    @discardableResult
    static func load(_ client: EngineClient, socket path: String, model: String) throws -> ModelInformation {
        let bytes = try CanonicalJSON.encode(RemoteLocation(server: .unix(path: path), model: model).json)
        return try load(client, bytes)
    }

    @discardableResult
    static func load(_ client: EngineClient, _ bytes: [UInt8]) throws -> ModelInformation {
        let memfd = assay_memfd_create("test")
        defer { close(memfd) }
        try #require(write(memfd, bytes, bytes.count) == bytes.count && assay_memfd_seal(memfd) == 0)
        return try client.load(
            LoadRequest(container: .remote, files: [.init(role: .configuration, size: bytes.count)], threads: 1), descriptors: [memfd],
            within: .seconds(60))
    }

    static func failure(_ error: EngineError?) -> EngineFailure? {
        if case .refused(let failure) = error { failure } else { nil }
    }
}
