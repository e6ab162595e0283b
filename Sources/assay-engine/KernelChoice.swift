import EngineProtocol
import Glibc
import InferenceEngine

/// Sees to it that OpenBLAS uses the processor that it does not know. It reads its environment when the program starts,
/// so the program has to be executed once more.
enum KernelChoice {
    /// Does nothing where the environment chooses already, or there is nothing better.
    /// - Returns: whether there is now something that the next execution will use.
    @discardableResult
    static func setBetterKernels() -> Bool {
        guard getenv(BLASKernels.variable) == nil, let better = BLASKernels.better else { return false }
        return setenv(BLASKernels.variable, better, 0) == 0
    }

    /// Returns where nothing changes, or where this program cannot be executed again.
    static func restartWithBetterKernels(_ arguments: [String]) {
        guard setBetterKernels() else { return }
        withCStrings(arguments) { pointers in
            _ = execv("/proc/self/exe", UnsafeMutablePointer(mutating: UnsafeRawPointer(pointers).assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)))
        }
        // Only after a failure. What the environment now says is not what computes.
        unsetenv(BLASKernels.variable)
    }
}
