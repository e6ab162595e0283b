import CommandSupport
import Evaluation
import Synchronization

/// A progress bar that an evaluation's reports are drawn with, from whatever thread they come.
final class SharedProgressBar: Sendable {
    private let bar = Mutex(ProgressBar())

    func show(_ progress: EvaluationProgress) {
        bar.withLock {
            $0.update(activity: progress.task, done: Int64(progress.overallDone), total: Int64(progress.overallTotal), unit: "items")
        }
    }

    func finish() { bar.withLock { $0.finish() } }
}
