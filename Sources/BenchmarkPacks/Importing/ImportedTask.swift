import AuditCrypto
import CanonicalEncoding
import CommandSupport
import DatasetFormats

/// Formats of others that tasks are made from.
package enum ImportFormat: String, CaseIterable, Sendable {
    case lmEval = "lm-eval"
    case humanEval = "humaneval"
    case pyrit, garak, inspect
}

/// What an import is told beside its source.
package struct ImportOptions: Sendable {
    /// What a well-behaved model does with a prompt that says nothing of it.
    package enum Expectation: String, CaseIterable, Sendable { case refuse, comply }

    /// A split's items for a task of lm-evaluation-harness; for every task where none is named.
    package struct Data: Hashable, Sendable {
        package let task: String?
        package let split: String
        package let path: String

        package init(task: String?, split: String, path: String) { (self.task, self.split, self.path) = (task, split, path) }
    }

    package var expectation = Expectation.refuse
    package var data: [Data] = []
    /// Only these tasks; empty for all.
    package var tasks: Set<String> = []
    /// What is known of the source's licence; nil to look for it where Python packages say it.
    package var licence: String?

    package init() {}
}

/// A task as an import makes it.
struct ImportedTask {
    enum Content {
        case bytes([UInt8])
        /// A copy of the file at this path.
        case copy(String)
    }

    let name: String
    /// Paths below `tasks/NAME/`.
    var files: [(path: String, content: Content)] = []
    /// Files that it was made from, as they are named in the record.
    var sources: [(name: String, sha256: SHA256Digest)] = []
    var items = 0
    /// Entries of the source that could not become items, by reason.
    var leftOut: [String: Int] = [:]

    init(name: String) { self.name = name }

    mutating func leaveOut(_ reason: String) { leftOut[reason, default: 0] += 1 }

    /// Adds items, a JSON object a line.
    mutating func add(items: [JSONValue], as path: String) throws(PackError) {
        var bytes: [UInt8] = []
        for item in items {
            do { bytes += try CanonicalJSON.encode(item, numbers: .any) } catch {
                throw PackError(.badSource, "an item cannot be written: \(error.message)", file: sources.first?.name)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        files.append((path, .bytes(bytes)))
        self.items += items.count
    }

    /// The name of a task after something in a source: letters, digits and underscores.
    static func name(_ prefix: String, _ text: String) -> String {
        let plain = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: UInt8(ascii: "_")
            }
        }
        return prefix + "_" + String(decoding: plain.prefix(40), as: UTF8.self)
    }
}

/// Files that are imported from.
struct ImportSource {
    /// As it was given: a file or a folder.
    let path: String

    static let maximumBytes = 256 << 20
    static let maximumFiles = 2_000

    /// The files of a folder by their paths below it, or the file itself by its name.
    func files(_ endings: [String]) throws -> [(name: String, path: String)] {
        let trimmed = OutputFolder.trimmed(path)
        guard Files.exists(trimmed) else { throw FileError(operation: .read, path: path, reason: "there is nothing here to import") }
        guard let folder = try? PackFolder(trimmed) else { return [(Self.name(of: trimmed), trimmed)] }
        let names = try folder.list().filter { name in endings.contains { name.hasSuffix($0) } }
        guard names.count <= Self.maximumFiles else { throw PackError(.limit, "\(names.count) files; at most \(Self.maximumFiles) are read", file: path) }
        guard !names.isEmpty else { throw PackError(.badSource, "there is no file below it that ends in \(endings.joined(separator: " or "))", file: path) }
        return names.map { ($0, "\(trimmed)/\($0)") }
    }

    static func read(_ path: String) throws -> [UInt8] { try Files.read(path, maxBytes: maximumBytes) }

    static func name(of path: String) -> String { path.utf8Split("/").last ?? path }

    /// A file's name without its folders and endings.
    static func stem(of name: String) -> String { Self.name(of: name).utf8Split(".").first ?? name }
}
