import CommandSupport
import Evaluation
import Synchronization

/// A progress bar that reports are drawn with, from whatever thread they come.
final class SharedProgressBar: Sendable {
    private let bar = Mutex(ProgressBar())

    func show(_ progress: EvaluationProgress) { show(progress.task, done: progress.overallDone, of: progress.overallTotal, "items") }

    func show(_ activity: String, done: Int, of total: Int, _ unit: String) {
        bar.withLock { $0.update(activity: activity, done: Int64(done), total: Int64(total), unit: unit) }
    }

    func show(_ activity: String, done: Int, total: Int, unit: String) {
        bar.withLock { $0.update(activity: activity, done: Int64(done), total: Int64(total), unit: unit) }
    }

    func finish() { bar.withLock { $0.finish() } }
}
