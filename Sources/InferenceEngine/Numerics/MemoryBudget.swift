import Glibc

/// How many bytes of weights, buffers and caches a model may take together.
///
/// Not for use by two tasks at once, as the model that owns it.
final class MemoryBudget {
    let limit: Int
    private(set) var used = 0
    /// Gives back what is only kept for later.
    var reclaim: (() -> Void)?

    /// - Parameters:
    ///   - limit: what the configuration allows. Where the process may have less (`RLIMIT_DATA`), that holds.
    ///   - threads: that use OpenBLAS, which takes a buffer for each, and tries for ever where it gets none.
    init(limit: Int, threads: Int) {
        var process = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &process) == 0, process.rlim_cur < rlim_t(Int.max) else {
            self.limit = limit
            return
        }
        self.limit = max(0, min(limit, Int(process.rlim_cur) - Self.programBytes - threads * Self.threadBytes))
    }

    /// What the program takes without a model.
    private static let programBytes = 64 << 20
    /// What a thread takes: OpenBLAS's buffer of 32 MiB, a stack, an allocator's arena.
    private static let threadBytes = 48 << 20

    /// - Throws: `limitExceeded`, and nothing is taken.
    func take(_ bytes: Int, for purpose: String) throws(EngineError) {
        if bytes > limit - used { reclaim?() }
        guard bytes <= limit - used else {
            throw EngineError(
                .limitExceeded,
                "\(purpose) need \(bytes) bytes; \(limit - used) of the \(limit) allowed are left: allow more, or ask for less at once")
        }
        used += bytes
    }

    func giveBack(_ bytes: Int) { used -= bytes }
}
