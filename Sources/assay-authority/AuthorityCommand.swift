import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import Clearance
import CommandSupport

struct AuthorityOptions: ParsableArguments {
    @Option(name: .long, help: "A file whose first line is the key's passphrase. Default: ask at the terminal.")
    var passphraseFile: String?

    @Flag(name: .long, help: "Print the result as one line of JSON.")
    var json = false

    func show(_ value: JSONValue, as text: () -> String) throws {
        if json { try Output.json(value) } else { print(text()) }
    }
}

/// An end of a command with a status that the help documents.
struct AuthorityFailure: Error {
    enum Status: Int32 {
        case badData = 65
        case missingInput = 66
        case cannotCreate = 73
        case noPermission = 77
    }

    let status: Status
    let message: String

    init(_ status: Status, _ message: String) { (self.status, self.message) = (status, message) }
}

protocol AuthorityCommand: ParsableCommand {
    func execute() throws
}

extension AuthorityCommand {
    func run() throws {
        do {
            try execute()
        } catch let failure as AuthorityFailure {
            Output.note("assay-authority: \(failure.message)")
            throw ExitCode(failure.status.rawValue)
        } catch let error as FileError {
            Output.note("assay-authority: \(error)")
            throw ExitCode((error.operation == .read ? AuthorityFailure.Status.missingInput : .cannotCreate).rawValue)
        } catch let error as PassphraseError {
            Output.note("assay-authority: \(error)")
            throw ExitCode(AuthorityFailure.Status.noPermission.rawValue)
        }
    }
}

/// A document as people check it before and after signing.
enum DocumentView {
    static func json(_ document: ClearanceDocument, _ file: [UInt8]) -> JSONValue {
        [
            "document": (try? StrictJSON.parse(document.encoded())) ?? nil, "sha256": .string(SHA256Digest.of(file).hex),
            "signers": .array(signers(file).map { .string($0) }),
        ]
    }

    static func text(_ document: ClearanceDocument, _ file: [UInt8]) -> String {
        var lines: [String]
        switch document {
        case .roster(let roster):
            lines = ["Roster, version \(roster.version), from \(roster.issued.rfc3339) to \(roster.expires.rfc3339)"]
            let rows = roster.people.map { person in
                [
                    person.name, person.side.rawValue, person.roles.map(\.rawValue).joined(separator: ", "),
                    person.clearances.map(\.rawValue).joined(separator: ", "),
                    person.keys.map(\.fingerprint).joined(separator: ", "),
                ]
            }
            lines.append(Output.table([["person", "side", "roles", "sees", "keys"]] + rows))
        case .terms(let terms):
            lines = [
                "Terms with the lab of key \(terms.lab), version \(terms.version), from \(terms.issued.rfc3339) to \(terms.expires.rfc3339)",
            ]
            let rows = DisclosureClass.allCases.map { kind in
                [kind.rawValue, "\(terms.budget(kind).person)", "\(terms.budget(kind).total)"]
            }
            lines.append(Output.table([["bytes of", "each person", "in all"]] + rows, rightAligned: [1, 2]))
            lines.append("Rows of datasets before the lab is asked: \(terms.rowsAlone)")
            if let days = terms.retention { lines.append("Submissions are to be purged \(Counted.of(days, "day", "days")) after they were taken in") }
        }
        let keys = signers(file)
        lines.append(keys.isEmpty ? "Not signed." : "Signed, it says, by: \(keys.joined(separator: ", "))")
        return lines.joined(separator: "\n")
    }

    /// Key ids as the envelope names them: hints, which the appliance checks.
    private static func signers(_ file: [UInt8]) -> [String] { ((try? DSSEEnvelope(json: file))?.signatures ?? []).map(\.keyID) }
}
