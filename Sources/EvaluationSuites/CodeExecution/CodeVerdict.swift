import AuditCrypto
import CanonicalEncoding
import Isolation

/// What running a solution against its tests showed.
package struct CodeVerdict: Hashable, Sendable {
    package enum Status: Hashable, Sendable {
        /// Every test ran and none failed.
        case passed
        /// A test failed.
        case failed
        /// It took longer than it may, twice.
        case timedOut
        /// Something else ended it: an error's name as the language has it (`NameError`), or one of `exit-N`, `signal-N`,
        /// `memory-exceeded`, `flooded`, `denied-system-call`, and `no-verdict` where it ended before its tests did.
        case error(kind: String)

        package var name: String {
            switch self {
            case .passed: "passed"
            case .failed: "failed"
            case .timedOut: "timed-out"
            case .error: "error"
            }
        }
    }

    package let problem: String
    package let status: Status
    /// The end of standard error, at most 2048 bytes.
    package let complaint: String
    package let programDigest: SHA256Digest

    package var passed: Bool { status == .passed }

    package var json: JSONValue {
        var object: JSONObject = [
            "problem": .string(problem), "status": .string(status.name), "programSha256": .string(programDigest.hex),
            "stderr": .string(complaint),
        ]
        if case .error(let kind) = status { object["kind"] = .string(kind) }
        return .object(object)
    }
}
