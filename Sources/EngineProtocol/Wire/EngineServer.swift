import CLinux
import CanonicalEncoding
import Glibc

/// Answers requests on a stream until the appliance closes it or asks for shutdown.
package enum EngineServer {
    /// Serves `handler` over the socket `fd`, one request at a time. Returns when the peer has closed the stream or
    /// asked for shutdown.
    ///
    /// - Parameter confinement: what holds for this process, to be told in the hello; nil without a sandbox.
    /// - Throws: when the stream breaks. A request that cannot be understood or done is answered, not thrown.
    package static func run(
        fd: Int32, confinement: WorkerConfinement?, handler: inout some EngineHandler
    ) throws(FrameError) {
        let channel = FrameChannel(descriptor: fd)
        while let frame = try channel.receive(maximumDescriptors: WireLimits.descriptors) {
            let (id, decoded) = EngineRequest.decoded(frame.payload)
            let reply: EngineReply
            var isLast = false
            switch decoded {
            case .failure(let failure): reply = .failure(failure)
            case .success(let request) where request.descriptorCount != frame.descriptors.count:
                let count = frame.descriptors.count
                reply = .failure(EngineFailure(
                    .invalidRequest,
                    "\(count) descriptors came with \(request.name.rawValue), not \(request.descriptorCount): "
                        + "the way the worker was started may not let descriptors through"))
            case .success(let request):
                isLast = request == .shutdown
                do throws(EngineFailure) {
                    reply = try answer(request, frame.descriptors, confinement, &handler)
                } catch {
                    reply = .failure(error)
                }
            }
            for descriptor in frame.descriptors { close(descriptor) }
            try send(reply, id: id, over: channel)
            if isLast { return }
        }
    }

    private static func answer(
        _ request: EngineRequest, _ descriptors: [Int32], _ confinement: WorkerConfinement?,
        _ handler: inout some EngineHandler
    ) throws(EngineFailure) -> EngineReply {
        switch request {
        case .hello:
            let nonce = try readNonce(descriptors[0])
            return .hello(EngineHello(identity: handler.identity(), confinement: confinement, nonce: nonce))
        case .load(let request):
            for (file, descriptor) in zip(request.files, descriptors) {
                try check(file.role.rawValue, size: file.size, behind: descriptor)
            }
            return .load(try handler.load(request, descriptors: descriptors))
        case .information: return .information(try handler.information())
        case .tokenize(let request): return .tokenize(try handler.tokenize(request))
        case .renderChat(let request): return .renderChat(try handler.renderChat(request))
        case .score(let request): return .score(try handler.score(request))
        case .generate(let request): return .generate(try handler.generate(request))
        case .tensorStatistics(let request): return .tensorStatistics(try handler.tensorStatistics(request))
        case .openWeights(let request):
            for (file, descriptor) in zip(request.files, descriptors) { try check("weights", size: file.size, behind: descriptor) }
            return .openWeights(try handler.openWeights(request, descriptors: descriptors))
        case .tensorValues(let request): return .tensorValues(try handler.tensorValues(request))
        case .tensorSpectrum(let request): return .tensorSpectrum(try handler.tensorSpectrum(request))
        case .compareTensors(let request): return .compareTensors(try handler.compareTensors(request))
        case .weightMetadata(let request): return .weightMetadata(try handler.weightMetadata(request))
        case .detokenize(let request): return .detokenize(try handler.detokenize(request))
        case .beginWriting(let request): return .beginWriting(try handler.beginWriting(request))
        case .continueWriting(let step): return .continueWriting(try handler.continueWriting(step))
        case .endWriting(let id):
            handler.endWriting(id)
            return .endWriting
        case .shutdown: return .shutdown
        }
    }

    private static func readNonce(_ descriptor: Int32) throws(EngineFailure) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: EngineHello.nonceBytes)
        let count = pread(descriptor, &nonce, nonce.count, 0)
        guard count == nonce.count else {
            throw EngineFailure(.internalFault, "the handshake's memfd could not be read (\(count) bytes came)")
        }
        return nonce
    }

    /// A map of a file that shrinks later faults: only a sealed memfd of the size announced is let in.
    private static func check(_ role: String, size: Int, behind descriptor: Int32) throws(EngineFailure) {
        guard assay_memfd_is_sealed(descriptor) == 1 else {
            throw EngineFailure(.invalidRequest, "the \(role) file is not a sealed memfd")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) == size else {
            throw EngineFailure(.invalidRequest, "the \(role) file has \(status.st_size) bytes, not the \(size) announced")
        }
    }

    private static func send(_ reply: EngineReply, id: Int, over channel: FrameChannel) throws(FrameError) {
        let payload: [UInt8]
        do {
            payload = try reply.encoded(id: id)
            if payload.count <= WireLimits.frameBytes { return try channel.send(payload) }
        } catch let error as FrameError {
            throw error
        } catch {
            let failure = EngineFailure(.internalFault, "the reply cannot be encoded: \(error)")
            return try sendFailure(failure, id: id, over: channel)
        }
        let failure = EngineFailure(
            .limitExceeded,
            "the reply has \(payload.count) bytes and a frame holds \(WireLimits.frameBytes): ask for less at once")
        try sendFailure(failure, id: id, over: channel)
    }

    private static func sendFailure(
        _ failure: EngineFailure, id: Int, over channel: FrameChannel
    ) throws(FrameError) {
        // An id and two plain strings always encode.
        guard let payload = try? EngineReply.failure(failure).encoded(id: id) else {
            throw FrameError(.system, "a failure could not be encoded: \(failure)")
        }
        try channel.send(payload)
    }
}
