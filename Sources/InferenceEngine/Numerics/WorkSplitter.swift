import CBLAS
import Synchronization

/// Cuts work into pieces and lets a fixed number of threads take them. Which thread takes which piece is chance and
/// changes nothing: a piece is computed the same way wherever it runs. OpenBLAS, where it is called at all, runs on one
/// thread, since it would split sums by the threads that it finds.
struct WorkSplitter: Sendable {
    let threads: Int
    private let workers: WorkerThreads

    init(threads: Int) {
        self.threads = threads
        workers = WorkerThreads(count: threads - 1)
        openblas_set_num_threads(1)
    }

    /// Calls `body` once for each piece, with the piece's number and that of the thread, below `threads`.
    func perform(pieces: Int, _ body: (_ piece: Int, _ thread: Int) -> Void) {
        if threads == 1 || pieces < 2 {
            for piece in 0..<pieces { body(piece, 0) }
            return
        }
        let next = Atomic(0)
        workers.run { thread in
            while true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                body(piece, thread)
            }
        }
    }

    /// Cuts `0..<count` into at most `pieces` ranges at multiples of `grain`, as even as that allows.
    func ranges(_ count: Int, grain: Int, pieces: Int, _ body: (Range<Int>) -> Void) {
        let grains = (count + grain - 1) / grain
        let pieces = min(pieces, grains)
        perform(pieces: pieces) { piece, _ in
            body((grains * piece / pieces * grain)..<min(count, grains * (piece + 1) / pieces * grain))
        }
    }

    /// Calls `body` with each of `0..<count`.
    func each(_ count: Int, _ body: (Int) -> Void) {
        ranges(count, grain: 1, pieces: 4 * threads) { range in
            for index in range { body(index) }
        }
    }
}
