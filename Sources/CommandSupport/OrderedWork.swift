import Dispatch
import Glibc
import Synchronization

/// Pieces of work done on several threads whose results are taken in order, few at a time.
package enum OrderedWork {
    /// - Parameters:
    ///   - count: of pieces, taken from 0.
    ///   - threads: nil for one a processor.
    ///   - ahead: how far the work may run ahead of what is taken: that many results are held at most. Nil for four a thread.
    ///   - work: one piece, on any thread; the caller's, where one thread does all.
    ///   - take: its result, in the order of the pieces, one at a time, on the caller's thread.
    /// - Throws: what the first piece in order throws, and takes none after it.
    package static func run<Result: Sendable>(
        _ count: Int, threads: Int?, ahead: Int? = nil, work: @Sendable (Int) throws -> Result, take: (Int, Result) throws -> Void
    ) throws {
        let width = max(1, threads ?? processors)
        // Nothing to do side by side.
        guard width > 1, count > 1 else {
            for index in 0..<count { try take(index, work(index)) }
            return
        }
        let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
        let next = Atomic<Int>(0), end = Atomic<Int>(count)
        let room = DispatchSemaphore(value: 0), ready = DispatchSemaphore(value: 0)
        for _ in 0..<max(1, ahead ?? width * 4) { room.signal() }
        let group = DispatchGroup()
        try withoutActuallyEscaping(work) { work in
            for number in 0..<min(width, count) {
                // A queue of its own has a thread of its own: work that waits for a disk leaves its processor to other work.
                DispatchQueue(label: "assay.work.\(number)").async(group: group) {
                    while true {
                        room.wait()
                        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                        guard index < end.load(ordering: .relaxed) else { break }
                        let result = Swift.Result { try work(index) }
                        results.withLock { $0[index] = result }
                        ready.signal()
                    }
                }
            }
            defer {
                // Nothing more is begun, whoever waits for room finds that out, and nobody is left who holds `work`.
                end.store(0, ordering: .relaxed)
                for _ in 0..<width { room.signal() }
                group.wait()
            }
            for index in 0..<count {
                var result: Swift.Result<Result, any Error>?
                while true {
                    result = results.withLock { $0.removeValue(forKey: index) }
                    if result != nil { break }
                    ready.wait()
                }
                try result.map { try take(index, $0.get()) }
                room.signal()
            }
        }
    }

    package static var processors: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
}
