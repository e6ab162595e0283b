import Dispatch
import Glibc

/// Ctrl-C, a hang-up or a termination asked for, while a file is written: the file is taken away, and the program ends as it would have.
enum Interruption {
    static func removing<Value>(_ path: String, _ work: () throws -> Value) rethrows -> Value {
        let signals = [SIGINT, SIGTERM, SIGHUP]
        let sources = signals.map { number in
            // The signal's own action comes before the source's, and is to end the program.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                unlink(path)
                signal(number, SIG_DFL)
                kill(getpid(), number)
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in signals { signal(number, SIG_DFL) }
        }
        return try work()
    }
}
