import ArgumentParser
import AuditCrypto
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport
import Glibc

struct PackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack", abstract: "Benchmark packs, tasks with their items in one signed folder: make, sign, verify and import them; install them on the appliance.",
        discussion: """
            All but install, list and remove work on folders and need no appliance. A pack is a repository of The Update Framework (TUF), which its \
            authors' keys vouch for; what is in it, and how anybody verifies one, is in Runbooks/benchmark-packs.md.

            From a folder of tasks to a pack that others can verify:
              assay pack keygen --to keys --name alice
              assay pack build suite --out suite-1.pack --name suite --version 1.0 \\
                --root-key keys/alice.pub.json --licence CC-BY-4.0
              assay pack sign suite-1.pack --key keys/alice.key \\
                --role root --role targets --role snapshot --role timestamp
              assay pack verify suite-1.pack --root root.json --state suite.state

            At the appliance:
              assay pack install /media/usb/suite-1.pack --root root.json --as alice
              assay pack list
              assay plan 4f1c --pack suite --threshold "acc>=0.5" --out plan.json
            """,
        subcommands: [PackKeygen.self, PackBuild.self, PackSign.self, PackVerify.self, PackShow.self, PackImportCommand.self, PackInstall.self, PackList.self, PackRemove.self])
}

/// How a command prints what it came to.
struct PackOutput: ParsableArguments {
    @Flag(name: .long, help: "Print the result, or the refusal, as one line of JSON.")
    var json = false

    func show(_ value: JSONValue, as text: () -> String) throws {
        if json { try Output.json(value) } else { print(text()) }
    }
}

/// A command on folders, whose failures end the process with the documented status.
protocol PackSubcommand: ParsableCommand {
    var output: PackOutput { get }
    func execute() throws
}

extension PackSubcommand {
    func run() throws {
        do { try execute() } catch let error as PackError {
            try fail(status(of: error), error.code.rawValue, "\(error)", error)
        } catch let error as FileError {
            try fail(error.operation == .read ? .missingInput : .cannotWrite, "file.\(error.operation.rawValue)", "\(error)")
        } catch let error as CryptoError {
            try fail(.cannotSign, error.code.rawValue, "\(error)")
        } catch let error as PassphraseError {
            try fail(.missingInput, "passphrase.missing", "\(error)")
        } catch let error as JSONError {
            try fail(.refused, "json.\(error.code.rawValue)", "\(error)")
        }
    }

    private func status(of error: PackError) -> CommandFailure.Status {
        switch error.code {
        case .cannotWrite: .cannotWrite
        case .badKeyFile, .notAKeyOfRole, .signOthersFirst: .cannotSign
        default: .refused
        }
    }

    private func fail(_ status: CommandFailure.Status, _ code: String, _ line: String, _ error: PackError? = nil) throws {
        Output.note("assay: \(line)")
        if output.json {
            var object: JSONObject = ["code": .string(code), "message": .string(error?.message ?? line)]
            if let file = error?.file { object["file"] = .string(file) }
            if let line = error?.line, line > 0 { object["line"] = .integer(Int64(line)) }
            try Output.json(["error": .object(object)])
        }
        throw ExitCode(status.rawValue)
    }
}

/// A folder that is given on the command line.
func existingPack(_ path: String) throws -> PackFolder {
    guard Files.exists(path) else { throw FileError(operation: .read, path: path, reason: "there is no such folder") }
    return try PackFolder(path)
}

/// Moments that commands are told, or take from the machine's clock.
enum PackTime {
    static func now() throws -> Timestamp {
        guard let now = Timestamp(unixSeconds: Int64(time(nil))) else { throw ValidationError("The machine's clock is set to no usable time.") }
        return now
    }

    static func after(days: Int, _ option: String) throws -> Timestamp {
        guard (1...36_500).contains(days), let time = Timestamp(unixSeconds: try now().unixSeconds + Int64(days) * 86_400) else {
            throw ValidationError("\(option) takes 1 to 36500 days.")
        }
        return time
    }
}
