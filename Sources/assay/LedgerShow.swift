import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Foundation

/// Which entries to show; all of what is given must fit.
struct LedgerFilterOptions: ParsableArguments {
    @Option(name: .long, help: "By this person, or by appliance.") var actor: String?
    @Option(name: .long, help: "This action, or all that begin so: inspect, inspect.records.") var action: String?
    @Option(name: .long, help: "About this: a subject's name, the beginning of its digest, or of a submission's id.") var subject: String?
    @Option(name: .long, help: "Not before this: seconds since 1970, or 2026-01-31T12:00:00Z.") var since: String?
    @Option(name: .long, help: "Not after this, in the same forms.") var until: String?

    func parameters() throws -> JSONObject {
        var parameters: JSONObject = [:]
        for (name, value) in [("actor", actor), ("action", action), ("subject", subject)] {
            if let value { parameters[name] = .string(value) }
        }
        for (name, value) in [("since", since), ("until", until)] {
            if let value { parameters[name] = .integer(try Self.seconds(value)) }
        }
        return parameters
    }

    private static func seconds(_ text: String) throws -> Int64 {
        if let seconds = Int64(text), seconds >= 0 { return seconds }
        guard let date = ISO8601DateFormatter().date(from: text), date.timeIntervalSince1970 >= 0 else {
            throw ValidationError("\"\(text)\" is no time; write seconds since 1970, or 2026-01-31T12:00:00Z.")
        }
        return Int64(date.timeIntervalSince1970)
    }
}

/// How entries are written.
enum EntryFormat: String, ExpressibleByArgument, CaseIterable {
    case table, jsonl, csv

    /// What a person reads of an entry.
    static func cells(_ entry: JSONValue) -> [String] {
        [
            "\(entry["sequence"]?.integer ?? 0)", entry["moment"]?.string ?? "", entry["actor"]?.string ?? "",
            entry["action"]?.string ?? "", (entry["subjects"]?.array ?? []).compactMap { $0["name"]?.string }.joined(separator: ", "),
        ]
    }

    static let columns = ["sequence", "time", "moment", "actor", "action", "subjects", "details", "request"]

    /// An entry's line, of a format that has one for each.
    func line(_ entry: JSONValue) throws -> String {
        switch self {
        case .jsonl: return String(decoding: try CanonicalJSON.encode(entry), as: UTF8.self)
        case .table: return Self.cells(entry).joined(separator: "  ")
        case .csv:
            let subjects = entry["subjects"]?.array ?? []
            let details = String(decoding: try CanonicalJSON.encode(entry["details"] ?? [:]), as: UTF8.self)
            return Self.row([
                "\(entry["sequence"]?.integer ?? 0)", "\(entry["time"]?.integer ?? 0)", entry["moment"]?.string ?? "",
                entry["actor"]?.string ?? "", entry["action"]?.string ?? "",
                subjects.map { "\($0["name"]?.string ?? "")=\($0["sha256"]?.string ?? "")" }.joined(separator: " "), details,
                entry["request"]?["sha256"]?.string ?? "",
            ])
        }
    }

    /// RFC 4180.
    static func row(_ cells: [String]) -> String {
        cells.map { cell in
            cell.contains(where: { ",\"\r\n".contains($0) }) ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
        }.joined(separator: ",")
    }
}

struct LedgerShow: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Entries, oldest first.",
        discussion: """
            Examples:
              assay ledger show --from 0 --count 50
              assay ledger show --actor alice --action inspect --since 2026-01-31T00:00:00Z
              assay ledger show --all --format csv > ledger.csv
            """)
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var filter: LedgerFilterOptions
    @Option(name: .long, help: "The first entry, from 0.") var from: Int64 = 0
    @Option(name: .long, help: "How many at most.") var count: Int = 100
    @Flag(name: .long, help: "As many as there are.") var all = false
    @Option(name: .long, help: "table, jsonl (a line of JSON an entry) or csv.") var format = EntryFormat.table

    func validate() throws {
        guard from >= 0, count >= 1 else { throw ValidationError("--from is at least 0 and --count at least 1.") }
    }

    func execute() throws {
        var parameters = try filter.parameters()
        var rest = all ? Int.max : count
        var next: Int64? = from
        var collected: [JSONValue] = []
        if format == .csv, !connection.json { print(EntryFormat.row(EntryFormat.columns)) }
        while let place = next, rest > 0 {
            parameters["from"] = .integer(place)
            parameters["count"] = .integer(Int64(min(rest, 1000)))
            let page = try connection.call("ledger.show", .object(parameters))
            let entries = page["entries"]?.array ?? []
            rest -= entries.count
            next = page["next"]?.integer
            if connection.json || format == .table { collected += entries } else {
                // As they come: an export of any length takes no memory.
                for entry in entries { print(try format.line(entry)) }
            }
        }
        guard connection.json || format == .table else { return }
        try connection.show(["entries": .array(collected)]) {
            Output.table([["entry", "time", "actor", "action", "subjects"]] + collected.map(EntryFormat.cells), rightAligned: [0])
        }
    }
}

struct LedgerWatch: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow the ledger: each entry as it comes, until Ctrl-C.",
        discussion: "Example: assay ledger watch --action inspect")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var filter: LedgerFilterOptions
    @Option(name: .long, help: "The first entry; without it, only those to come.") var from: Int64?
    @Option(name: .long, help: "End after so many entries.") var count: Int?
    @Option(name: .long, help: "table, jsonl or csv.") var format = EntryFormat.table

    func validate() throws {
        guard from ?? 0 >= 0, count ?? 1 >= 1 else { throw ValidationError("--from is at least 0 and --count at least 1.") }
    }

    func execute() throws {
        var parameters = try filter.parameters()
        var next = try from ?? size()
        var rest = count ?? Int.max
        while rest > 0 {
            parameters["from"] = .integer(next)
            parameters["count"] = .integer(Int64(min(rest, 1000)))
            let page = try connection.call("ledger.show", .object(parameters))
            let entries = page["entries"]?.array ?? []
            // At once, also into a pipe.
            for entry in entries {
                try FileHandle.standardOutput.write(contentsOf: Data(((connection.json ? .jsonl : format).line(entry) + "\n").utf8))
            }
            rest -= entries.count
            if let place = page["next"]?.integer {
                next = place
            } else {
                next = page["end"]?.integer ?? next
                if rest > 0 { Thread.sleep(forTimeInterval: 0.5) }
            }
        }
    }

    private func size() throws -> Int64 {
        let note = try connection.call("ledger.checkpoint")["checkpoint"]?.string ?? ""
        return note.split(separator: "\n").dropFirst().first.flatMap { Int64($0) } ?? 0
    }
}
