import Dispatch
import Glibc
import Synchronization

/// Pieces of work done on several threads whose results are taken in order, few at a time.
enum OrderedWork {
    /// - Parameters:
    ///   - count: of pieces, taken from 0.
    ///   - threads: nil for one a processor.
    ///   - work: one piece, on any thread.
    ///   - take: its result, in the order of the pieces, one at a time.
    /// - Throws: what the first piece in order throws, and takes none after it.
    static func run<Result: Sendable>(
        _ count: Int, threads: Int?, work: @Sendable (Int) throws -> Result, take: (Int, Result) throws -> Void
    ) throws {
        let width = max(1, threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        // A round is a few pieces a thread: its results are what is held at a time.
        for start in stride(from: 0, to: count, by: width * 4) {
            let end = min(start + width * 4, count)
            let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
            let next = Atomic<Int>(start)
            withoutActuallyEscaping(work) { work in
                DispatchQueue.concurrentPerform(iterations: min(width, end - start)) { _ in
                    while true {
                        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                        guard index < end else { return }
                        let result = Swift.Result { try work(index) }
                        results.withLock { $0[index] = result }
                        // Pieces before this one are under way; those after it will not be asked for.
                        if case .failure = result { next.store(end, ordering: .relaxed) }
                    }
                }
            }
            for index in start..<end {
                // Only pieces after a failed one are missing.
                guard let result = results.withLock({ $0[index] }) else { break }
                try take(index, result.get())
            }
        }
    }
}
