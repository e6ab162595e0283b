import EngineProtocol
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// The OpenAI API over one worker, on a Unix socket or a port of the loopback.
package struct ModelServer: Sendable {
    package enum Address: Hashable, Sendable {
        case socket(path: String)
        /// Of 127.0.0.1; 0 for any that is free.
        case port(Int)
    }

    /// How serving ended.
    package enum End: Hashable, Sendable {
        /// By a signal.
        case asked
        /// The worker ended by itself; why.
        case workerGone(String)
    }

    private let model: ServedModel
    private let client: EngineClient
    private let process: (any EngineProcess)?
    private let address: Address
    private let logger: Logger

    /// - Parameters:
    ///   - client: a worker that holds the model.
    ///   - process: the worker's, to be ended in the middle of a request.
    ///   - log: where remarks go.
    package init(
        model: ServedModel, client: EngineClient, process: (any EngineProcess)? = nil, address: Address,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.model = model
        self.client = client
        self.process = process
        self.address = address
        var logger = Logger(label: "assay-serve") { _ in RemarkLog(write: log) }
        logger.logLevel = .warning
        self.logger = logger
    }

    /// Serves until SIGINT or SIGTERM, or until the worker ends. Either way the worker has ended then.
    ///
    /// - Parameter ready: called when clients can connect, with the port where there is one.
    /// - Throws: where the address cannot be taken.
    package func run(ready: @escaping @Sendable (_ port: Int?) -> Void) async throws -> End {
        let (gone, tellGone) = AsyncStream<Void>.makeStream()
        let queue = WorkerQueue(client: client, process: process) { tellGone.yield() }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: application(queue, ready: ready)), .init(service: WorkerEnd(queue: queue))],
                gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
        let watch = Task {
            for await _ in gone { await group.triggerGracefulShutdown() }
        }
        defer { watch.cancel() }
        do { try await group.run() } catch {
            await queue.stop()
            throw error
        }
        await queue.stop()
        return await queue.end.map { .workerGone($0.description) } ?? .asked
    }

    private func application(_ queue: WorkerQueue, ready: @escaping @Sendable (Int?) -> Void) -> some ApplicationProtocol {
        let endpoint = Endpoint(model: model, queue: queue, logger: logger)
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: FailureReplies())
        router.get("health", use: endpoint.health)
        router.get("v1/models", use: endpoint.models)
        router.get("v1/models/**", use: endpoint.oneModel)
        router.post("v1/completions", use: endpoint.completion)
        router.post("v1/chat/completions", use: endpoint.chat)
        router.post("tokenize", use: endpoint.tokenize)
        router.post("detokenize", use: endpoint.detokenize)
        router.get("tokenizer_info", use: endpoint.tokenizerInformation)
        let bound: BindAddress =
            switch address {
            case .socket(let path): .unixDomainSocket(path: path)
            case .port(let port): .hostname("127.0.0.1", port: port)
            }
        return Application(
            router: router,
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(ServerLimits.idleSeconds),
                    httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: bound, serverName: "assay-serve",
                availableConnectionsDelegate: MaximumAvailableConnections(ServerLimits.connections, logger: logger)),
            onServerRunning: { ready($0.localAddress?.port) }, logger: logger)
    }
}

/// Ends the worker as soon as the server is to end, so that replies under way do not hold it up.
private struct WorkerEnd: Service {
    let queue: WorkerQueue

    func run() async throws {
        try? await gracefulShutdown()
        await queue.stop()
    }
}
