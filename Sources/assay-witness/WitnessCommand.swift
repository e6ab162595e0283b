import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Foundation
import Witness

/// The statuses that the help documents.
enum Status: Int32, CaseIterable {
    case done = 0
    case notConfirmed = 3
    case forked = 10, rolledBack, badProof
    case otherSize = 20, unknownLog, badSignature, notDeclared
    case badUse = 64, badData, missingInput
    case cannotCreate = 73
    case noPermission = 77

    private var meaning: String {
        switch self {
        case .done: "done; the checkpoint extends all that was cosigned before"
        case .notConfirmed: "nothing was changed: accept-restore, without --yes, only said what it would do"
        case .forked: "REFUSED, with evidence kept: the log signed two trees of one size"
        case .rolledBack: "REFUSED, with evidence kept: the log shows a smaller tree than the one cosigned"
        case .badProof: "REFUSED, with evidence kept: the proof does not lead from the tree cosigned to this one"
        case .otherSize: "refused: the proof begins at another size than the one last cosigned"
        case .unknownLog: "refused: this witness does not watch that log"
        case .badSignature: "refused: the log's key did not sign the checkpoint"
        case .notDeclared: "refused: the restored log's entry does not name the tree cosigned last as lost"
        case .badUse: "the command line is wrong"
        case .badData: "a file is not what it should be"
        case .missingInput: "a file is missing or cannot be read"
        case .cannotCreate: "a file cannot be written, or is there already"
        case .noPermission: "the passphrase is missing or wrong"
        }
    }

    static var table: String {
        allCases.map { "  \($0.rawValue < 10 ? " " : "")\($0.rawValue)  \($0.meaning)" }.joined(separator: "\n")
    }

    init(_ kind: WitnessRefusal.Kind) {
        self =
            switch kind {
            case .malformed: .badData
            case .otherSize: .otherSize
            case .unknownLog: .unknownLog
            case .badSignature: .badSignature
            case .notDeclared: .notDeclared
            case .rolledBack: .rolledBack
            case .forked: .forked
            case .badProof: .badProof
            }
    }
}

/// An end of a command: why, and what to do.
struct WitnessFailure: Error {
    let status: Status
    /// Stable, for programs.
    let code: String
    let message: String
    var details: JSONObject = [:]
}

/// Options that every command has.
struct WitnessCommandOptions: ParsableArguments {
    @Option(name: .long, help: "The witness's folder. Default: $ASSAY_WITNESS_HOME, else ~/.assay-witness.")
    var home: String?

    @Flag(name: .long, help: "Print the result, or the refusal, as one line of JSON.")
    var json = false

    var folder: WitnessFolder {
        let environment = ProcessInfo.processInfo.environment
        return WitnessFolder(path: home ?? environment["ASSAY_WITNESS_HOME"] ?? (environment["HOME"] ?? ".") + "/.assay-witness")
    }

    /// Prints `value` as JSON, or else as `text` has it.
    func show(_ value: JSONValue, as text: () -> String) throws {
        if json { try Output.json(value) } else { print(text()) }
    }

    /// The witness's key, as others know it.
    func verifierKey() throws -> CosignerKey {
        let file = folder.verifierKeyFile
        guard Files.exists(file) else {
            throw WitnessFailure(
                status: .missingInput, code: "witness.no-key", message: "There is no key at \(file). Make one with assay-witness keygen.")
        }
        return try CosignerKey(text: String(decoding: Files.read(file, maxBytes: 4096), as: UTF8.self))
    }
}

/// A command whose failures end the process with a documented status.
protocol WitnessCommand: ParsableCommand {
    var options: WitnessCommandOptions { get }
    func execute() throws
}

extension WitnessCommand {
    func run() throws {
        do {
            try execute()
        } catch let failure as WitnessFailure {
            try fail(failure)
        } catch let refused as WitnessFolder.Refused {
            var details: JSONObject = [:]
            if let size = refused.refusal.cosignedSize { details["cosignedSize"] = .integer(size) }
            if let evidence = refused.evidence { details["evidence"] = .string(evidence) }
            try fail(
                WitnessFailure(
                    status: Status(refused.refusal.kind), code: refused.refusal.kind.rawValue,
                    message: refused.refusal.message
                        + (refused.evidence.map { " Both signed checkpoints are kept in \($0): do not lose them, and tell the others." } ?? ""),
                    details: details))
        } catch let refusal as WitnessRefusal {
            try fail(WitnessFailure(status: Status(refusal.kind), code: refusal.kind.rawValue, message: refusal.message))
        } catch let error as FileError {
            let read = error.operation == .read
            try fail(
                WitnessFailure(
                    status: read ? .missingInput : .cannotCreate, code: read ? "file.unreadable" : "file.unwritable", message: "\(error)"))
        } catch let error as PassphraseError {
            try fail(
                WitnessFailure(
                    status: .noPermission, code: "passphrase.missing",
                    message: "\(error) Use --passphrase-file or $ASSAY_WITNESS_PASSPHRASE."))
        } catch let error as NoteError {
            try fail(WitnessFailure(status: .badData, code: error.code.rawValue, message: "\(error.message)."))
        } catch let error as JSONFieldError {
            try fail(WitnessFailure(status: .badData, code: "witness.damaged", message: "A file of the witness's folder is damaged: \(error)."))
        } catch let error as JSONError {
            try fail(WitnessFailure(status: .badData, code: "witness.damaged", message: "A file of the witness's folder is damaged: \(error)."))
        }
    }

    private func fail(_ failure: WitnessFailure) throws {
        Output.note("assay-witness: \(Shown.of(failure.message))")
        if options.json {
            var object = failure.details
            object["code"] = .string(failure.code)
            object["message"] = .string(failure.message)
            try Output.json(["error": .object(object)])
        }
        throw ExitCode(failure.status.rawValue)
    }
}

/// Text from a request as a terminal may show it.
enum Shown {
    static func of(_ text: String) -> String {
        var clean = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                clean += "\\u{\(String(scalar.value, radix: 16))}"
            default: clean.unicodeScalars.append(scalar)
            }
        }
        return clean
    }
}
