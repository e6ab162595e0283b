import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct Status: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "What the appliance is and holds.", discussion: "Example: assay status --json")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let status = try connection.call("status")
        try connection.show(status) {
            var rows = [["state", status["state"]?.string ?? ""]]
            if let name = status["name"]?.string { rows.append(["name", name]) }
            if let size = status["restored"]?["size"]?.integer {
                rows.append(["restored", "from a backup of \(Counted.entries(size)), root \(status["restored"]?["root"]?.string?.prefix(16) ?? "")…"])
                rows.append(["", "two persons must agree to go on from it: assay restore confirm"])
            }
            if let failure = status["unbound"]?.string {
                rows.append(["unbound", failure])
                rows.append(["", "two persons must agree to bind the ledger to another TPM: assay ledger rebind-tpm"])
            }
            if let ledger = status["ledger"], let size = ledger["size"]?.integer {
                rows.append(["ledger", "\(Counted.entries(size)), root \(ledger["root"]?.string?.prefix(16) ?? "")…"])
                rows.append(["origin", ledger["origin"]?.string ?? ""])
            }
            if let anchor = status["anchor"], anchor != .null { rows += Self.rows(of: anchor) }
            if let count = status["submissions"]?.integer {
                let (duplicates, superseded) = (status["duplicates"]?.integer ?? 0, status["superseded"]?.integer ?? 0)
                let words = (duplicates > 0 ? ["\(duplicates) with weights that were there"] : []) + (superseded > 0 ? ["\(superseded) superseded"] : [])
                rows.append(["submissions", "\(count)" + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")])
            }
            if let count = status["runs"]?.integer { rows.append(["evaluation runs", "\(count)"]) }
            for person in status["people"]?.array ?? [] {
                let roles = (person["roles"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
                rows.append(["person", "\(person["name"]?.string ?? "") (\(roles))"])
            }
            return Output.table(rows)
        }
    }

    private static func rows(of anchor: JSONValue) -> [[String]] {
        let counter = anchor["counter"]?.integer.map(String.init) ?? "does not answer"
        var rows = [
            ["anchor", "\(anchor["anchored"]?.integer ?? 0), \(Counted.entries(anchor["behind"]?.integer ?? 0)) since"],
            ["TPM's counter", "\(counter), at \(anchor["index"]?.string ?? "") of \(anchor["tcti"]?.string ?? "")"],
        ]
        if let failure = anchor["failure"]?.string { rows.append(["not anchored", failure]) }
        return rows
    }
}

struct Submissions: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "The submissions in the store.", discussion: "Example: assay submissions")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("submissions")
        try connection.show(result) {
            let rows = (result["submissions"]?.array ?? []).map { submission in
                [
                    submission["submission"]?.string ?? "", submission["model"]?.string ?? "",
                    "\(submission["files"]?.array?.count ?? 0)", "\(submission["bytes"]?.integer ?? 0)",
                    submission["ingested"]?.string ?? "", Self.links(of: submission),
                ]
            }
            return rows.isEmpty
                ? "No submissions yet."
                : Output.table([["submission", "model", "files", "bytes", "ingested", ""]] + rows, rightAligned: [2, 3])
        }
    }
}

extension Submissions {
    /// How it hangs together with the others, in words.
    private static func links(of submission: JSONValue) -> String {
        func short(_ id: String) -> String { String(id.prefix(12)) }
        var words: [String] = []
        let duplicates = (submission["duplicates"]?.array ?? []).compactMap(\.string)
        if !duplicates.isEmpty { words.append("same weights as \(duplicates.map(short).joined(separator: ", "))") }
        if let id = submission["supersedes"]?.string { words.append("supersedes \(short(id))") }
        if let id = submission["supersededBy"]?.string { words.append("superseded by \(short(id))") }
        if let terms = Terms.words(submission["terms"]) { words.append(terms) }
        return words.joined(separator: "; ")
    }
}

/// The terms that a lab says it submits under, in words; nil where it names none.
private enum Terms {
    static func words(_ terms: JSONValue?) -> String? {
        guard let version = terms?["version"]?.integer else { return nil }
        return switch terms?["state"]?.string {
        case "in-force": "terms version \(version), in force"
        case "replaced": "terms version \(version), replaced by newer ones"
        default: "terms version \(version), not in force: nothing is shown"
        }
    }
}

struct Runs: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "The evaluation runs.", discussion: "Example: assay runs")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("runs")
        try connection.show(result) {
            let rows = (result["runs"]?.array ?? []).map { run in
                [
                    run["run"]?.string ?? "", run["submission"]?.string ?? "", run["state"]?.string ?? "",
                    "\(run["samples"]?.integer ?? 0)",
                ]
            }
            return rows.isEmpty
                ? "No evaluation runs yet."
                : Output.table([["run", "submission", "state", "samples"]] + rows, rightAligned: [3])
        }
    }
}

struct Ingest: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take in a lab's sealed medium: verify all of it, then keep it.",
        discussion: """
            The medium is refused whole if its signature, a digest or a length is wrong, or if it holds anything that \
            its manifest does not declare. A refusal is on the ledger too.

            Example: assay ingest /media/usb --receipt receipt.json --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions

    @Argument(help: "The folder of the sealed medium.")
    var media: String

    @Option(name: .long, help: "Write the signed ingest receipt for the lab here.")
    var receipt: String?

    func execute() throws {
        let path = media.hasPrefix("/") ? media : "\(currentFolder())/\(media)"
        let result = try signing.act("submission.ingest", ["media": .string(path)], through: connection)
        if let receipt { try Files.write(Array((result["receipt"]?.string ?? "").utf8), to: receipt) }
        try connection.show(result) {
            """
            Submission \(result["submission"]?.string ?? ""): \(result["model"]?.string ?? "")
            \(Counted.files(result["files"]?.integer ?? 0)), \(Counted.bytes(result["bytes"]?.integer ?? 0)), verified and stored sealed.
            Ledger entry \(result["entry"]?.integer ?? 0).\(Self.links(result["links"]))\(Terms.words(result["terms"]).map { "\nSubmitted under \($0)." } ?? "")
            """
        }
    }

    private static func links(_ links: JSONValue?) -> String {
        var lines = ""
        for id in (links?["duplicates"]?.array ?? []).compactMap(\.string) { lines += "\nIts weights are those of submission \(id)." }
        if let id = links?["supersedes"]?.string { lines += "\nIt takes the place of submission \(id)." }
        return lines
    }
}
