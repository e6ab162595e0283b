import AuditCrypto
import Backups
import BenchmarkPacks
import CanonicalEncoding
import Clearance
import CommandSupport
import ContentStore
import Evaluation
import Ledger
import LocalAPI
import MerkleLog
import SealedMedia
import TPM

/// How each kind of error is told to a client: with a code that stays the same.
enum FailureReply {
    static func failure(for error: any Error) -> LocalFailure {
        switch error {
        case let error as LocalFailure: error
        case let error as DamagedFile: error.failure
        case let error as BackupError: LocalFailure(code: error.code.rawValue, message: error.message, advice: error.advice)
        case let error as ClearanceError:
            LocalFailure(code: error.code.rawValue, message: error.message + ".")
        case let error as PackError:
            LocalFailure(
                code: error.code.rawValue, message: (error.file.map { error.line > 0 ? "\($0):\(error.line): " : "\($0): " } ?? "") + error.message + ".",
                advice: "Nothing was changed. Runbooks/benchmark-packs.md says what the code means.")
        case let error as TaskError: LocalFailure(code: "task.\(error.code.rawValue)", message: "\(error).")
        case let error as DSSEError: LocalFailure(code: error.code.rawValue, message: error.message + ".")
        case let error as MediaError:
            LocalFailure(code: error.code.rawValue, message: "\(error)")
        case let error as LedgerError: LocalFailure(code: error.code.rawValue, message: error.description)
        case let error as StoreError: LocalFailure(code: error.code.rawValue, message: error.description)
        case let error as TPMError:
            LocalFailure(
                code: error.code.rawValue, message: error.message.prefix(1).uppercased() + error.message.dropFirst() + ".",
                advice: TPMAnchor.advice(error.code))
        case let error as JSONFieldError: LocalFailure(code: "request.malformed", message: "\(error).")
        case let error as FileError:
            LocalFailure(
                code: "file.\(error.operation.rawValue)", message: "\(error)",
                advice: "See that the appliance's own user may use it, and that the disk has room.")
        case is CancellationError: LocalFailure(code: "request.cancelled", message: "The request was given up.")
        default: LocalFailure(code: "appliance.failed", message: "\(error)")
        }
    }
}
