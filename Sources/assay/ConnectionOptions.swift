import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Foundation
import LocalAPI

/// Where the appliance listens, and how to print what it says.
struct ConnectionOptions: ParsableArguments {
    @Option(name: .long, help: "The appliance's socket. Default: $ASSAY_SOCKET, else /run/assay/assayd.sock.")
    var socket: String?

    @Flag(name: .long, help: "Print the result as one line of JSON.")
    var json = false

    /// Asks the appliance, with a progress bar while it works.
    func call(_ method: String, _ parameters: JSONValue = [:]) throws -> JSONValue {
        let path = socket ?? ProcessInfo.processInfo.environment["ASSAY_SOCKET"] ?? "/run/assay/assayd.sock"
        var bar = ProgressBar()
        defer { bar.finish() }
        do {
            return try LocalClient(path: path).call(method, parameters) { step in
                bar.update(activity: step.activity, done: step.done, total: step.total, unit: step.unit)
            }
        } catch let failure as LocalFailure {
            bar.finish()
            throw CommandFailure(.refused, "Refused (\(failure.code)): \(failure)", json: json ? failure : nil)
        } catch let error as LocalConnectionError {
            throw CommandFailure(.unavailable, error.description)
        }
    }

    /// Prints `value` as JSON, or else as `text` has it.
    func show(_ value: JSONValue, as text: () -> String) throws {
        if json { try Output.json(value) } else { print(text()) }
    }
}

/// An end of the command with a status that its help documents.
struct CommandFailure: Error, CustomStringConvertible {
    enum Status: Int32 {
        case refused = 1
        case missingInput = 66
        case unavailable = 69
        case waiting = 75
        case cannotWrite = 73
        case cannotSign = 77
    }

    let status: Status
    let description: String

    init(_ status: Status, _ description: String, json failure: LocalFailure? = nil) {
        self.status = status
        self.description = description
        // A program that asked for JSON reads the refusal where it would have read the result.
        if let failure {
            try? Output.json([
                "error": [
                    "code": .string(failure.code), "message": .string(failure.message), "advice": .string(failure.advice),
                ]
            ])
        }
    }
}

/// A command whose failures end the process with the documented status.
protocol ApplianceCommand: ParsableCommand {
    func execute() throws
}

extension ApplianceCommand {
    func run() throws {
        do {
            try execute()
        } catch let failure as CommandFailure {
            Output.note("assay: \(failure)")
            throw ExitCode(failure.status.rawValue)
        } catch let error as FileError {
            Output.note("assay: \(error)")
            throw ExitCode((error.operation == .read ? CommandFailure.Status.missingInput : .cannotWrite).rawValue)
        } catch let error as PassphraseError {
            Output.note("assay: \(error)")
            throw ExitCode(CommandFailure.Status.missingInput.rawValue)
        }
    }
}
