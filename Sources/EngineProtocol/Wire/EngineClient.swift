import CLinux
import CanonicalEncoding
import Glibc
import Synchronization

/// The appliance's side: asks a worker, one request at a time, each with a deadline.
///
/// Calls block the calling thread and may come from any. A worker that does not answer in time, ends, or breaks the
/// protocol is killed, and every later request fails with `.gone`: there is no state of a worker that has to be
/// guessed at.
package final class EngineClient: Sendable {
    private struct State {
        var nextID = 1
        var end: String?
    }

    private let channel: FrameChannel
    private let process: (any EngineProcess)?
    private let errorTail: ErrorTail
    private let state = Mutex(State())

    /// - Parameter descriptor: the socket, closed when the client goes.
    package init(descriptor: Int32, process: (any EngineProcess)? = nil) {
        channel = FrameChannel(descriptor: descriptor)
        self.process = process
        errorTail = ErrorTail(descriptor: process?.standardError ?? -1)
    }

    deinit {
        process?.terminate()
        close(channel.descriptor)
    }

    /// The handshake: same protocol, descriptors pass through, this is how the worker is confined.
    package func hello(within duration: Duration = .seconds(30)) throws(EngineError) -> EngineHello {
        let nonce = (0..<EngineHello.nonceBytes).map { _ in UInt8.random(in: .min ... .max) }
        let memfd = assay_memfd_create("assay-handshake")
        guard memfd >= 0 else { throw .unsendable("no memfd for the handshake: \(systemMessage(-Int(memfd)))") }
        defer { close(memfd) }
        guard write(memfd, nonce, nonce.count) == nonce.count, assay_memfd_seal(memfd) == 0 else {
            throw .unsendable("the handshake's memfd could not be filled and sealed")
        }
        guard case .hello(let hello) = try ask(.hello, [memfd], duration) else { throw unexpected(.hello) }
        guard hello.nonce == nonce else {
            throw broken("descriptors do not pass through the way the worker is started: it read another nonce")
        }
        return hello
    }

    /// - Parameter descriptors: sealed memfds in the order of `request.files`; they stay open here.
    package func load(
        _ request: LoadRequest, descriptors: [Int32], within duration: Duration
    ) throws(EngineError) -> ModelInformation {
        guard descriptors.count == request.files.count else {
            throw .unsendable("\(request.files.count) files are named and \(descriptors.count) descriptors given")
        }
        guard case .load(let information) = try ask(.load(request), descriptors, duration) else { throw unexpected(.load) }
        return information
    }

    package func information(within duration: Duration = .seconds(30)) throws(EngineError) -> ModelInformation {
        guard case .information(let information) = try ask(.information, [], duration) else {
            throw unexpected(.information)
        }
        return information
    }

    package func tokenize(_ request: TokenizeRequest, within duration: Duration) throws(EngineError) -> [[Int]] {
        guard case .tokenize(let tokens) = try ask(.tokenize(request), [], duration),
            tokens.count == request.texts.count
        else { throw unexpected(.tokenize) }
        return tokens
    }

    package func renderChat(_ request: RenderChatRequest, within duration: Duration) throws(EngineError) -> [String] {
        guard case .renderChat(let texts) = try ask(.renderChat(request), [], duration),
            texts.count == request.conversations.count
        else { throw unexpected(.renderChat) }
        return texts
    }

    /// As many results as items, as many scores as continuations; checked here.
    package func score(_ request: ScoreRequest, within duration: Duration) throws(EngineError) -> [ScoreResult] {
        guard case .score(let results) = try ask(.score(request), [], duration), results.count == request.items.count,
            zip(results, request.items).allSatisfy({ $0.scores.count == $1.continuations.count })
        else { throw unexpected(.score) }
        return results
    }

    package func generate(_ request: GenerateRequest, within duration: Duration) throws(EngineError) -> [GenerateResult] {
        guard case .generate(let results) = try ask(.generate(request), [], duration),
            results.count == request.prompts.count,
            results.allSatisfy({ $0.tokens.count <= request.maximumNewTokens })
        else { throw unexpected(.generate) }
        return results
    }

    package func tensorStatistics(
        _ request: TensorStatisticsRequest, within duration: Duration
    ) throws(EngineError) -> TensorStatistics {
        guard case .tensorStatistics(let statistics) = try ask(.tensorStatistics(request), [], duration) else {
            throw unexpected(.tensorStatistics)
        }
        return statistics
    }

    /// Asks the worker to exit and waits for it; kills it when it does not.
    package func shutdown(within duration: Duration = .seconds(5)) {
        _ = try? ask(.shutdown, [], duration)
        _ = process?.exit(within: duration)
        process?.terminate()
        state.withLock { $0.end = $0.end ?? "it was shut down" }
    }

    /// Ends the worker whatever it is doing: a request that waits for an answer fails at once, and so does every later one.
    /// For another thread than the one that waits.
    package func interrupt() {
        // The state's lock is held while a request waits; the stream's end is what it waits for.
        _ = Glibc.shutdown(channel.descriptor, Int32(SHUT_RDWR))
        process?.terminate()
    }

    // MARK: One request

    func ask(
        _ request: EngineRequest, _ descriptors: [Int32], _ duration: Duration
    ) throws(EngineError) -> EngineReply {
        let result: Result<EngineReply, EngineError> = state.withLock { state in
            if let end = state.end { return .failure(.gone(end)) }
            let id = state.nextID
            state.nextID += 1
            do throws(EngineError) {
                return .success(try exchange(request, id, descriptors, duration))
            } catch {
                switch error {
                case .refused, .unsendable: break
                default: state.end = error.description
                }
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func exchange(
        _ request: EngineRequest, _ id: Int, _ descriptors: [Int32], _ duration: Duration
    ) throws(EngineError) -> EngineReply {
        let payload: [UInt8]
        do {
            payload = try request.encoded(id: id)
        } catch {
            throw .unsendable(error.description)
        }
        guard payload.count <= WireLimits.frameBytes else {
            throw .unsendable(
                "\(request.name.rawValue) takes \(payload.count) bytes and a frame holds \(WireLimits.frameBytes): "
                    + "split the batch")
        }
        let frame: FrameChannel.Frame?
        do {
            let deadline = Deadline.after(duration)
            try channel.send(payload, descriptors: descriptors, deadline: deadline, wait: errorTail.wait)
            frame = try channel.receive(deadline: deadline, wait: errorTail.wait)
        } catch {
            switch error.code {
            case .timedOut:
                process?.terminate()
                throw .timedOut(request: request.name, after: duration)
            case .closed, .truncated: throw ended(during: request.name)
            case .badLength, .descriptors, .system:
                process?.terminate()
                throw .violation(error.message)
            }
        }
        guard let frame else { throw ended(during: request.name) }
        do {
            let reply = try EngineReply.decoded(frame.payload, to: request.name, id: id)
            if case .failure(let failure) = reply { throw EngineError.refused(failure) }
            return reply
        } catch let error as EngineError {
            throw error
        } catch {
            process?.terminate()
            throw .violation("in the reply to \(request.name.rawValue), \(PlainText.of("\(error)", maximumBytes: 512))")
        }
    }

    /// The stream is closed: the process ends by itself, or is made to.
    private func ended(during request: EngineRequest.Name) -> EngineError {
        let exit = process?.exit(within: .seconds(2))
        process?.terminate()
        errorTail.drain()
        return .ended(exit, request: request, standardError: errorTail.text)
    }

    func unexpected(_ name: EngineRequest.Name) -> EngineError {
        broken("the reply to \(name.rawValue) does not fit the request")
    }

    private func broken(_ message: String) -> EngineError {
        process?.terminate()
        let error = EngineError.violation(message)
        state.withLock { $0.end = error.description }
        return error
    }
}

/// The end of what a worker writes to its standard error, read without blocking.
private final class ErrorTail: Sendable {
    private static let kept = 4096
    private let descriptor: Int32
    private let bytes = Mutex<[UInt8]>([])

    init(descriptor: Int32) {
        self.descriptor = descriptor
        if descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
    }

    var wait: FrameChannel.Wait {
        descriptor < 0 ? .plain : .draining(descriptor) { [self] in drain() }
    }

    func drain() {
        guard descriptor >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // A pipe holds 64 KiB: a writer without end cannot keep the reader here.
        for _ in 0..<8 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return }
            bytes.withLock { bytes in
                bytes.append(contentsOf: buffer[..<count])
                bytes.removeFirst(max(0, bytes.count - ErrorTail.kept))
            }
        }
    }

    /// What was kept, fit for a log.
    var text: String {
        PlainText.of(String(decoding: bytes.withLock { $0 }, as: UTF8.self), maximumBytes: ErrorTail.kept)
    }
}
