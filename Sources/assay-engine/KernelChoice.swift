import Glibc
import InferenceEngine

/// Sees to it that OpenBLAS computes singular values fast on a processor that it does not know. It reads its environment when
/// the program starts, and the worker executes itself once more anyway.
enum KernelChoice {
    /// Does nothing where the environment chooses already, or there is nothing better.
    static func setBetterKernels() {
        guard getenv(BLASKernels.variable) == nil, let better = BLASKernels.better else { return }
        setenv(BLASKernels.variable, better, 0)
    }
}
