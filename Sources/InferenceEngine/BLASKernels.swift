import CBLAS

/// Which of OpenBLAS's kernels compute: they decide the order of sums, and so the last bits of a result.
///
/// OpenBLAS chooses them when the program starts, by the environment variable `variable` or else by the processor's name.
package enum BLASKernels {
    package static let variable = "OPENBLAS_CORETYPE"

    /// The kernels in use, such as `Haswell`.
    package static var core: String { String(cString: openblas_get_corename()) }

    /// OpenBLAS's version and how it was built.
    package static var configuration: String { String(cString: openblas_get_config()) }

    /// The threads that OpenBLAS would take of itself: `OPENBLAS_NUM_THREADS`, or else one for each processor; 1 after
    /// a model has been loaded, since from then on the engine splits the work.
    package static var threads: Int { Int(openblas_get_num_threads()) }

    /// The kernels to start this program with instead, where OpenBLAS does not know the processor and falls back to
    /// kernels of half the width: OpenBLAS 0.3.21 does so on processors that are younger than it.
    package static var better: String? {
        assay_has_avx512() != 0 && ["Haswell", "Zen", "Excavator", "Sandybridge"].contains(core) ? "SkylakeX" : nil
    }
}
