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
