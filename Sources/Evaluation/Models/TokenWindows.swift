/// Cuts a text that is longer than the context into windows that predict each token once.
///
/// The first window has nothing but the beginning of text before it; each further one reads as many tokens before those it
/// predicts as fit (lm-evaluation-harness 0.4.13, `get_rolling_token_windows` and `make_disjoint_window`, with a context
/// of one).
package enum TokenWindows {
    package struct Window: Hashable {
        /// Read and not predicted; empty in the first window, where the beginning of text stands for it.
        package let context: Range<Int>
        package let predicted: Range<Int>
    }

    /// - Parameter length: how many tokens the model reads at once.
    package static func windows(count: Int, length: Int) -> [Window] {
        guard count > 0, length > 0 else { return [] }
        let first = min(length, count)
        var windows = [Window(context: 0..<0, predicted: 0..<first)]
        var done = first
        while done < count {
            let end = done + min(count - done, length)
            // One more than a window's length is read and predicted together: the last token is not read.
            windows.append(Window(context: end - length - 1..<done, predicted: done..<end))
            done = end
        }
        return windows
    }
}
