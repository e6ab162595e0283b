import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct Retention: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "What is held of each submission, and which the terms say are due to be purged.",
        discussion: """
            Terms may say for how many days a submission is kept (retention). Nothing is purged by itself: two persons do, with \
            assay purge. Backups that were made before hold it still.

            Example: assay retention
            """)

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("retention")
        try connection.show(result) {
            let rows = (result["submissions"]?.array ?? []).map { submission in
                [
                    String(submission["submission"]?.string?.prefix(12) ?? ""), submission["model"]?.string ?? "",
                    "\((submission["age"]?.integer ?? 0) / 86_400)", submission["retention"]?.integer.map(String.init) ?? "-",
                    "\(submission["bytes"]?.integer ?? 0)", "\(submission["samples"]?.integer ?? 0)",
                    submission["exported"] == true ? "exported" : "not exported",
                    submission["purged"] == true ? "purged" : submission["due"] == true ? "DUE: assay purge" : "",
                ]
            }
            return rows.isEmpty
                ? "No submissions yet."
                : Output.table(
                    [["submission", "model", "days", "of", "sealed bytes", "records", "verdict", ""]] + rows, rightAligned: [2, 3, 4, 5])
        }
    }
}

struct Certificate: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "The signed certificate that a submission was destroyed, for its lab.",
        discussion: """
            For a submission that was purged (assay purge), as often as it is asked for. It names the files by digest and the \
            ledger's entry, and encloses the ledger's checkpoint; the lab verifies it with assay-lab receipt. What backups that \
            were made before still hold, it does not speak of.

            Example: assay certificate 4f1c --out certificate.json
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String
    @Option(name: .shortAndLong, help: "The file for the certificate, a DSSE envelope.") var out: String

    func execute() throws {
        let result = try connection.call("certificate", ["submission": .string(submission)])
        try Files.write(Array((result["certificate"]?.string ?? "").utf8), to: out)
        try connection.show(result) {
            """
            \(out): submission \(result["submission"]?.string ?? "") was destroyed at \(result["time"]?.string ?? ""), as entry \
            \(result["entry"]?.integer ?? 0) of the ledger. Give it to the lab.
            """
        }
    }
}
