import CanonicalEncoding
import Glibc

/// How a command in a tool sandbox ended.
package enum ToolOutcome: Hashable, Sendable, CustomStringConvertible {
    case exited(code: Int)
    /// A signal ended it. A shell says the same of a command that exits with 128 and the signal's number.
    case signalled(Int)
    /// It ran longer than it may, and was killed with everything it started.
    case timedOut
    /// Its processes held more memory than they may, and were killed.
    case memoryExceeded
    /// It wrote more than it may, and was killed with everything it started.
    case flooded

    package var description: String {
        switch self {
        case .exited(let code): "exit \(code)"
        case .signalled(let number) where Int32(number) == SIGSYS: "killed: a system call that is not allowed"
        case .signalled(let number) where Int32(number) == SIGXFSZ: "killed: a file beyond its limit"
        case .signalled(let number): "killed by signal \(number)"
        case .timedOut: "killed: out of time"
        case .memoryExceeded: "killed: out of memory"
        case .flooded: "killed: too much output"
        }
    }

    /// A name from a closed vocabulary, for records.
    package var name: String {
        switch self {
        case .exited: "exited"
        case .signalled: "signalled"
        case .timedOut: "timed-out"
        case .memoryExceeded: "memory-exceeded"
        case .flooded: "flooded"
        }
    }

    /// The exit code or the signal's number.
    package var number: Int? {
        switch self {
        case .exited(let code): code
        case .signalled(let number): number
        default: nil
        }
    }
}

/// What came of a command.
package struct ToolResult: Hashable, Sendable {
    package let outcome: ToolOutcome
    package let standardOutput: CapturedOutput
    package let standardError: CapturedOutput
    /// From the command's start to its end.
    package let duration: Duration
    /// Processor seconds of everything it started, and the largest resident memory of one process.
    package let usage: SandboxedProcess.Usage?

    package var succeeded: Bool { outcome == .exited(code: 0) }
    /// Whether its end shows that the system call filter ended it.
    package var wasDeniedSystemCall: Bool { outcome == .signalled(Int(SIGSYS)) }
}

/// A command on a session's log: what ran, how it ended, and digests of what went in and came out.
package struct ToolCommandRecord: Hashable, Sendable {
    /// From 0, in the order in which they ran.
    package let index: Int
    package let command: [String]
    package let inputBytes: Int
    package let inputDigest: String
    package let result: ToolResult

    /// Strings, integers and booleans. What is not the same when the command runs again (its duration) is not in it.
    package var json: JSONValue {
        var object: JSONObject = [
            "index": .integer(Int64(index)), "command": .array(command.map { .string($0) }),
            "input": ["bytes": .integer(Int64(inputBytes)), "sha256": .string(inputDigest)],
            "outcome": .string(result.outcome.name), "deniedSystemCall": .bool(result.wasDeniedSystemCall),
            "stdout": Self.json(result.standardOutput), "stderr": Self.json(result.standardError),
        ]
        object["number"] = result.outcome.number.map { .integer(Int64($0)) }
        return .object(object)
    }

    private static func json(_ output: CapturedOutput) -> JSONValue {
        [
            "bytes": .integer(Int64(output.totalBytes)), "cut": .integer(Int64(output.cutBytes)),
            "sha256": .string(output.digest.hex),
        ]
    }
}
