import AuditCrypto
import CanonicalEncoding
import CommandSupport
import DatasetFormats

/// Makes the tasks of a pack from what others' packages install, on the machine of whoever has installed them.
package enum PackImport {
    /// What an import came to.
    package struct Imported: Sendable {
        package struct Task: Sendable {
            package let name: String
            package let items: Int
            /// What could not become items, by reason.
            package let leftOut: [String: Int]
        }

        package let tasks: [Task]
        /// Files that gave no task, and why.
        package let skipped: [(file: String, reason: String)]
        package let licence: String
        /// Whether all of it was there already.
        package let wasThere: Bool
    }

    /// Writes `tasks/NAME/` for each task, and `sources.json`, to a folder that is there whole or not at all. Where there is one
    /// already that holds the same, nothing is done.
    package static func run(_ path: String, format: ImportFormat, to folder: String, _ options: ImportOptions) throws -> Imported {
        let source = ImportSource(path: path)
        var skipped: [(file: String, reason: String)] = []
        var tasks: [ImportedTask]
        switch format {
        case .lmEval: tasks = try HarnessImport.tasks(source, options, &skipped)
        case .humanEval: tasks = [try HumanEvalImport.task(source)]
        case .pyrit: tasks = try PyRITImport.tasks(source, options, &skipped)
        case .garak: tasks = try GarakImport.tasks(source, options, &skipped)
        case .inspect: tasks = [try InspectImport.task(source)]
        }
        if format != .lmEval, !options.tasks.isEmpty { tasks = tasks.filter { options.tasks.contains($0.name) } }
        skipped += tasks.filter { $0.items == 0 }.map { ($0.sources.first?.name ?? $0.name, "nothing in it could become an item") }
        tasks = tasks.filter { $0.items > 0 }
        guard !tasks.isEmpty else {
            let why = skipped.prefix(3).map { "\($0.file): \($0.reason)" }.joined(separator: "; ")
            throw PackError(.badSource, "no task could be made\(why.isEmpty ? "" : " (\(why))")", file: path)
        }
        var names: Set<String> = []
        for task in tasks where !names.insert(task.name).inserted {
            throw PackError(.badSource, "two of its files give the task \(task.name)", file: path)
        }
        let licence = options.licence ?? InstalledLicence.note(for: path) ?? "not stated: look at where it came from before you pass it on"
        guard PackDescription.isLine(licence) else { throw PackError(.badSource, "a licence is a line of 1 to 256 bytes") }
        let wasThere = try write(tasks, record(tasks, format, licence), to: folder)
        return Imported(
            tasks: tasks.map { Imported.Task(name: $0.name, items: $0.items, leftOut: $0.leftOut) }, skipped: skipped, licence: licence, wasThere: wasThere)
    }

    /// What was made from what.
    private static func record(_ tasks: [ImportedTask], _ format: ImportFormat, _ licence: String) throws -> [UInt8] {
        let sources = tasks.map { task -> JSONValue in
            [
                "files": .array(task.sources.map { ["file": .string($0.name), "sha256": .string($0.sha256.hex)] }), "format": .string(format.rawValue),
                "items": .integer(Int64(task.items)), "leftOut": .integer(Int64(task.leftOut.values.reduce(0, +))), "licence": .string(licence),
                "task": .string(task.name),
            ]
        }
        return try CanonicalJSON.encode(["sources": .array(sources), "v": 1]) + Array("\n".utf8)
    }

    private static func write(_ tasks: [ImportedTask], _ record: [UInt8], to folder: String) throws -> Bool {
        try OutputFolder.write(to: folder, orFind: true) { output in
            for task in tasks {
                for (path, content) in task.files {
                    let path = "\(output)/tasks/\(task.name)/\(path)"
                    try Files.makeFolder(OutputFolder.folder(of: path))
                    switch content {
                    case .bytes(let bytes): try Files.write(bytes, to: path)
                    case .copy(let other):
                        guard let file = try PackFolder(OutputFolder.folder(of: other)).open(ImportSource.name(of: other)) else {
                            throw PackError(.missingFile, "there is no such file", file: other)
                        }
                        try FileWriter.copy(file, from: other, to: path) { _ in }
                    }
                }
            }
            try Files.write(record, to: "\(output)/\(PackDescription.sourcesPath)")
        }
    }
}

/// What a Python package says of its licence in the `.dist-info` folder beside it.
enum InstalledLicence {
    /// - Returns: such as `pyrit 1.1.0: MIT`; nil where the path is in no installed package.
    static func note(for path: String) -> String? {
        var parts = (path.hasPrefix("/") ? path : "./" + path).utf8Split("/").filter { !$0.isEmpty }
        for _ in 0..<12 {
            guard let package = parts.popLast(), !parts.isEmpty else { return nil }
            let folder = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
            for name in (try? Files.names(in: folder)) ?? [] where name.hasSuffix(".dist-info") {
                guard let own = name.utf8Split("-").first, normal(own) == normal(package) else { continue }
                if let note = note(of: "\(folder)/\(name)") { return note }
            }
        }
        return nil
    }

    private static func normal(_ name: String) -> String { String(name.lowercased().map { "-.".contains($0) ? "_" : $0 }) }

    /// What the metadata says, or else the first line of the licence that lies beside it.
    private static func note(of folder: String) -> String? {
        var fields: [String: String] = [:]
        for line in lines("\(folder)/METADATA") {
            // The headers end at the first empty line.
            guard !line.isEmpty else { break }
            let parts = line.utf8Split(":", maxSplits: 1)
            if parts.count == 2, fields[parts[0]] == nil { fields[parts[0]] = String(parts[1].drop { $0 == " " }) }
        }
        guard let name = fields["Name"], let version = fields["Version"] else { return nil }
        let stated = [fields["License-Expression"], fields["License"], lines("\(folder)/LICENSE").first { !$0.isEmpty }]
        return stated.compactMap(\.self).map { "\(name) \(version): \($0)" }.first(where: PackDescription.isLine)
    }

    private static func lines(_ path: String) -> [String] {
        guard let bytes = try? Files.read(path, maxBytes: 4 << 20) else { return [] }
        return String(decoding: bytes, as: UTF8.self).utf8Split("\n").map { $0.hasSuffix("\r") ? String($0.dropLast()) : $0 }
    }
}
