import Dispatch
import Glibc

/// Ctrl-C cancels work, so that it ends in order and what was done is kept. Before it and after it, Ctrl-C ends the program.
enum Interruption {
    static func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await work() }
        let signals = [SIGINT, SIGTERM]
        let sources = signals.map { number in
            // The signal's own action comes before the source's, and is to end the program.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in signals { signal(number, SIG_DFL) }
        }
        return try await task.value
    }
}
