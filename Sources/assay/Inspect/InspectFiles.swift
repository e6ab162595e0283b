import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct InspectFiles: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "The files of the submission, kind, size and digest, and what the lab declares, from its signed manifest.",
        discussion: "Example: assay inspect files 4f1c --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func execute() throws {
        let result = try signing.act("inspect.files", ["submission": .string(submission)], through: connection)
        try connection.show(result) {
            let view = result["view"], files = view?["files"]?.array ?? []
            var rows: [[String]] = [["file", "kind", "bytes", "sha-256"]]
            var folders: [Substring] = []
            for file in files {
                let parts = (file["path"]?.string ?? "").split(separator: "/")
                let known = zip(folders, parts.dropLast()).prefix { $0 == $1 }.count
                folders = Array(parts.dropLast())
                for depth in known..<folders.count { rows.append([Self.indent(depth) + folders[depth] + "/", "", "", ""]) }
                rows.append([
                    Self.indent(folders.count) + String(parts.last ?? ""), file["kind"]?.string ?? "", "\(file["size"]?.integer ?? 0)",
                    file["sha256"]?.string ?? "",
                ])
            }
            let table = Output.table(rows, rightAligned: [2]).split(separator: "\n").map(String.init)
            let declared = Output.table(Outline.rows(of: view?["declaration"] ?? .null, except: ["name", "v"]))
            let lines = Array(table[1...]) + ["", "declared by the lab, not checked:"]
                + declared.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [""]
            return "\(view?["model"]?.string ?? ""), from \(view?["lab"]?.string ?? "")\n"
                + ([table[0]] + Shown.marked(lines, result)).joined(separator: "\n")
                + "\n\(Counted.files(files.count)), \(Counted.bytes(view?["bytes"]?.integer ?? 0)). \(Shown.line(result))"
        }
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }
}
