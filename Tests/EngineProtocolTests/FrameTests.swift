import CLinux
import EngineProtocol
import Glibc
import Testing

@Suite("Engine frames") struct FrameTests {
    private func code(_ body: () throws -> Void) -> FrameError.Code? {
        do { try body() } catch let error as FrameError { return error.code } catch {}
        return nil
    }

    /// Both ends of a stream, closed afterwards.
    private func withPair(_ body: (FrameChannel, FrameChannel) throws -> Void) throws {
        let (one, other) = try Descriptors.pair()
        defer { close(one); close(other) }
        try body(FrameChannel(descriptor: one), FrameChannel(descriptor: other))
    }

    @Test("A frame is its length, little-endian, and its bytes") func layout() throws {
        try withPair { one, other in
            try one.send([0x7b, 0x7d])
            var bytes = [UInt8](repeating: 0, count: 16)
            #expect(read(other.descriptor, &bytes, 16) == 6)
            #expect(bytes.prefix(6) == [2, 0, 0, 0, 0x7b, 0x7d])
        }
    }

    @Test("Frames arrive whole, in order, with their descriptors") func passing() throws {
        try withPair { one, other in
            let memfds = try ["first", "second"].map { try Descriptors.memfd(Array($0.utf8)) }
            defer { for memfd in memfds { close(memfd) } }
            try one.send([1])
            try one.send([2, 2], descriptors: memfds)
            try one.send([3, 3, 3])
            let first = try #require(try other.receive(maximumDescriptors: 4))
            #expect(first.payload == [1] && first.descriptors.isEmpty)
            let second = try #require(try other.receive(maximumDescriptors: 4))
            defer { for descriptor in second.descriptors { close(descriptor) } }
            #expect(second.payload == [2, 2])
            #expect(second.descriptors.map { String(decoding: Descriptors.contents($0, count: 6), as: UTF8.self) }
                == ["first", "second"])
            #expect(second.descriptors.allSatisfy { fcntl($0, F_GETFD) & FD_CLOEXEC != 0 })
            #expect(second.descriptors.allSatisfy { assay_memfd_is_sealed($0) == 1 })
            #expect(try #require(try other.receive()).payload == [3, 3, 3])
        }
    }

    @Test("The largest frame passes and a longer one is refused on both sides") func limit() throws {
        try withPair { one, other in
            let largest = [UInt8](repeating: 0x20, count: WireLimits.frameBytes)
            let sender = try BackgroundThread { try? one.send(largest) }
            #expect(try other.receive()?.payload == largest)
            sender.join()
            #expect(code { try one.send(largest + [0]) } == .badLength)
            #expect(code { try one.send([]) } == .badLength)
            let announced = UInt32(WireLimits.frameBytes + 1)
            let header = (0..<4).map { UInt8(truncatingIfNeeded: announced >> (8 * $0)) }
            #expect(write(one.descriptor, header, 4) == 4)
            #expect(code { _ = try other.receive() } == .badLength)
            #expect(write(one.descriptor, [UInt8](repeating: 0, count: 4), 4) == 4)
            #expect(code { _ = try other.receive() } == .badLength)
        }
    }

    @Test("A stream that ends inside a frame is told from one that ends after it", arguments: 0..<9)
    func truncated(count: Int) throws {
        let (one, other) = try Descriptors.pair()
        defer { close(other) }
        let frame: [UInt8] = [5, 0, 0, 0, 1, 2, 3, 4, 5]
        if count > 0 { #expect(write(one, frame, count) == count) }
        close(one)
        let channel = FrameChannel(descriptor: other)
        if count == 0 {
            #expect(try channel.receive() == nil)
        } else {
            #expect(code { _ = try channel.receive() } == .truncated)
        }
    }

    @Test("Too many descriptors, or one inside a frame, are refused and leak nothing") func descriptorRefusals() throws {
        // The writable end of a pipe: when no copy of it is left, the readable end says so.
        var pipe: [Int32] = [-1, -1]
        try #require(assay_pipe(&pipe) == 0)
        let writable = Array(repeating: pipe[1], count: 5)
        defer { close(pipe[0]) }
        try withPair { one, other in
            try one.send([1], descriptors: writable)
            #expect(code { _ = try other.receive(maximumDescriptors: 4) } == .descriptors)
        }
        try withPair { one, other in
            // With no room the kernel discards them: a worker cannot fill the appliance's table.
            try one.send([1], descriptors: writable)
            #expect(try other.receive()?.descriptors == [])
        }
        try withPair { one, other in
            #expect(code { try one.send([1], descriptors: Array(repeating: pipe[1], count: WireLimits.descriptors + 1)) } == .descriptors)
            let header: [UInt8] = [2, 0, 0, 0, 9]
            #expect(write(one.descriptor, header, 5) == 5)
            #expect(assay_send(one.descriptor, [9], 1, writable, 1) == 1)
            let frame = try other.receive(maximumDescriptors: 4)
            #expect(frame?.descriptors == [])
        }
        close(pipe[1])
        var polled = pollfd(fd: pipe[0], events: Int16(POLLIN), revents: 0)
        #expect(poll(&polled, 1, 0) == 1 && polled.revents & Int16(POLLHUP) != 0)
    }

    @Test("A silent peer, or one that does not read, costs no more than the time allowed") func deadlines() throws {
        try withPair { one, other in
            let clock = ContinuousClock()
            let start = clock.now
            #expect(code { _ = try other.receive(deadline: .after(.milliseconds(50))) } == .timedOut)
            #expect(write(one.descriptor, [9, 0, 0, 0, 1] as [UInt8], 5) == 5)
            #expect(code { _ = try other.receive(deadline: .after(.milliseconds(50))) } == .timedOut)
            let large = [UInt8](repeating: 1, count: 8 << 20)
            #expect(code { try one.send(large, deadline: .after(.milliseconds(50))) } == .timedOut)
            #expect(clock.now - start < .seconds(5))
        }
    }

    @Test("Durations of any size make a deadline") func deadlineEdges() {
        #expect(Deadline.after(.seconds(Int64.max)) == .never)
        #expect(!Deadline.after(.seconds(3600)).hasPassed)
        #expect(Deadline.after(.zero).hasPassed)
        #expect(Deadline.after(.seconds(-5)).hasPassed)
        #expect(Deadline.after(.seconds(Int64.min)).hasPassed)
    }

    @Test("Random bytes never crash a server, and it answers or closes", arguments: 0..<4)
    func fuzzedStream(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        for _ in 0..<100 {
            let (one, other) = try Descriptors.pair()
            let server = try BackgroundThread {
                var handler = EchoHandler()
                try? EngineServer.run(fd: other, confinement: nil, handler: &handler)
                close(other)
            }
            let channel = FrameChannel(descriptor: one)
            for request in Samples.requests.shuffled(using: &generator).prefix(4) {
                guard let payload = try? request.encoded(id: 1) else { continue }
                let damaged = generator.damaged(payload)
                guard !damaged.isEmpty, (try? channel.send(damaged, deadline: .after(.seconds(5)))) != nil else { break }
                guard (try? channel.receive(deadline: .after(.seconds(5)))) != nil else { break }
            }
            let noise = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            _ = assay_send(one, noise, noise.count, nil, 0)
            close(one)
            server.join()
        }
    }
}
