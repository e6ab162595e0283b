import ArgumentParser
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import LedgerVerification

/// The statuses besides those of `VerificationFailure.Kind`; a status is never given another meaning.
enum ExitStatus {
    static let noPass: Int32 = 3
    static let superseded: Int32 = 4
    static let badUse: Int32 = 64
    static let unreadable: Int32 = 66
    static let unwritable: Int32 = 73

    /// Those of an exported ledger that does not hold, with what is wrong.
    static let ledger: [(code: LedgerError.Code, status: Int32, meaning: String)] = [
        (.badCheckpoint, VerificationFailure.Kind.checkpointSignature.rawValue, VerificationFailure.Kind.checkpointSignature.meaning),
        (.missingEntry, 50, "an entry of the ledger is missing"),
        (.malformedEntry, 51, "an entry of the ledger cannot be read"),
        (.wrongSequence, 52, "an entry says that it has another place: some were removed, inserted, doubled or moved"),
        (.brokenChain, 53, "an entry does not name the one before"),
        (.timeWentBack, 54, "an entry's time is before that of the one before"),
        (.unknownAction, 55, "an entry's action is not in the ledger's vocabulary"),
        (.wrongHash, 56, "a tile's hash is not that of its entries"),
        (.wrongRoot, 57, "the entries do not have the root that the checkpoint signs"),
        (.badTile, 58, "a file of the ledger is missing, malformed or none of it"),
        (.unsealed, 59, "there are entries or tiles that no checkpoint signs"),
        (.cutShort, 60, "the ledger is shorter than a checkpoint that was kept"),
        (.rewritten, 61, "the ledger does not begin as a checkpoint that was kept says: rewritten or forked"),
        (.badEpoch, 62, "an epoch of the ledger was not closed by its own keys"),
        (.badSignature, 63, "an entry says of persons what they did not sign"),
        (.badAnchor, 65, "an anchor is of another TPM's counter than the ledger was bound to then, or not the next of its own"),
    ]

    /// Every status with its meaning, a line each.
    static var table: String {
        let rows =
            [(0, "everything that was checked holds"), (noPass, "it holds, but --require-pass was given and it is no pass"),
                (superseded, "it holds, but it declares entries lost that a checkpoint that was kept is of")]
            + VerificationFailure.Kind.allCases.map { ($0.rawValue, $0.meaning) }
            + ledger.dropFirst().map { ($0.status, $0.meaning) }
            + [
                (badUse, "the command line is wrong"), (unreadable, "a file is missing or cannot be read"),
                (unwritable, "a file cannot be written"),
            ]
        return rows.map { "  \($0.0 < 10 ? " " : "")\($0.0)  \($0.1)" }.joined(separator: "\n")
    }

    /// Runs `body`; where it fails, says why and ends with the failure's status.
    static func reporting(json: Bool, _ body: () throws -> Void) throws {
        do { try body() } catch {
            var entry: Int64?
            let (status, code, message): (Int32, String, String)
            if let failure = error as? LedgerError {
                // What is left are failures of a database, which there is none of here.
                guard let known = ledger.first(where: { $0.code == failure.code }) else { throw error }
                (status, code, message) = (known.status, failure.code.rawValue, failure.description)
                entry = failure.entry
            } else {
                (status, code, message) =
                    switch error {
                    case let failure as VerificationFailure:
                        (failure.kind.rawValue, "\(failure.kind)", "\(failure)")
                    case let error as FileError:
                        error.operation == .read
                            ? (unreadable, "unreadable", "\(error)") : (unwritable, "unwritable", "\(error)")
                    case let error as UnusableFile:
                        (error.status, error.status == unreadable ? "unreadable" : "unwritable", "\(error)")
                    default: throw error
                    }
            }
            let clean = CleanText.of(message, limit: 2000)
            if json {
                var value: JSONObject = [
                    "code": .string(code), "message": .string(clean), "status": .integer(Int64(status)), "verified": false,
                ]
                if let entry { value["entry"] = .integer(entry) }
                try printJSON(.object(value))
            }
            Output.note(error is VerificationFailure || error is LedgerError ? "NOT VERIFIED (\(code)): \(clean)" : clean)
            throw ExitCode(status)
        }
    }
}

/// A file that cannot be used, with the status to end with.
struct UnusableFile: Error, CustomStringConvertible {
    let status: Int32
    let path: String
    let reason: String

    var description: String { "Could not \(status == ExitStatus.unreadable ? "read" : "write") \(path): \(reason)." }
}

/// One line of JSON on standard output, in ASCII: whatever is not is escaped, so that a terminal sees no
/// control sequence.
func printJSON(_ value: JSONValue) throws {
    var line = ""
    for scalar in String(decoding: try CanonicalJSON.encode(value), as: UTF8.self).unicodeScalars {
        if (0x20..<0x7F).contains(scalar.value) {
            line.unicodeScalars.append(scalar)
        } else {
            for unit in UTF16.encode(scalar) ?? .init() {
                line += "\\u" + Hex.encode([UInt8(unit >> 8), UInt8(unit & 0xFF)])
            }
        }
    }
    print(line)
}
