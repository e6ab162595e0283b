import CanonicalEncoding

/// Where a task's files are: the task file, what it includes, its data.
///
/// Names are relative to one folder, which nothing leaves: `arc/../mmlu/items.jsonl` is `mmlu/items.jsonl`, and a name
/// that goes above the folder is refused.
package struct TaskFolder {
    /// A file's bytes; nil where there is none of that name.
    package typealias Reader = (_ name: String) throws -> [UInt8]?

    /// Whether a task file may name files by absolute path: where somebody tries their own tasks out, never in a pack.
    private let allowsAbsolutePaths: Bool
    /// Whether a task may bring Python functions that score its samples (`process_results`, a metric): where the folder is a pack's,
    /// or where somebody says so of their own tasks. They are run in the tool sandbox only.
    let allowsScorers: Bool
    private let reader: Reader

    package init(allowsAbsolutePaths: Bool = false, allowsScorers: Bool = false, read: @escaping Reader) {
        self.allowsAbsolutePaths = allowsAbsolutePaths
        self.allowsScorers = allowsScorers
        reader = read
    }

    /// - Throws: `TaskError` when the file is not there or cannot be read.
    func contents(_ name: String) throws(TaskError) -> [UInt8] {
        guard let bytes = try contentsIfPresent(name) else { throw TaskError(.file, "there is no such file", file: name) }
        return bytes
    }

    func contentsIfPresent(_ name: String) throws(TaskError) -> [UInt8]? {
        do {
            return try reader(name)
        } catch let error as TaskError {
            throw error
        } catch {
            throw TaskError(.file, "cannot be read: \(error)", file: name)
        }
    }

    /// The name of the file that `path` means where it stands in the file `base`.
    /// - Returns: nil for a path that leaves the folder, or that holds a backslash or a control character.
    func name(_ path: String, besides base: String) -> String? {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count <= 1024, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") })
        else { return nil }
        if bytes.first == UInt8(ascii: "/") { return allowsAbsolutePaths ? path : nil }
        var parts = base.split(separator: "/", omittingEmptySubsequences: false).dropLast().map(String.init)
        // A base that is itself absolute was allowed to be; above it nothing is ours to forbid.
        let isBounded = parts.first != ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            switch part {
            case ".": continue
            case "..":
                guard parts.last.map({ !$0.isEmpty && $0 != ".." }) ?? false else { return nil }
                parts.removeLast()
            default: parts.append(String(part))
            }
        }
        return parts.isEmpty || !isBounded && parts.count < 2 ? nil : parts.joined(separator: "/")
    }
}

extension TaskDefinition {
    /// Whether a YAML file is one of a task, and not of a group or a list of settings to be included. What is no YAML counts as
    /// one, so that whoever asks learns why it cannot be read.
    package static func isTask(file: String, in folder: TaskFolder) -> Bool {
        guard let bytes = try? folder.contents(file), let yaml = try? TaskYAML.parse(bytes, file: file), case .map(let members) = yaml.content
        else { return true }
        return members.contains { member in
            if member.key == "task", case .string = member.value.content { true } else { false }
        }
    }
}

/// A task file with what it includes put together, as the harness does it: an included file's keys first, one's own
/// over them.
struct TaskSource {
    let map: TaskYAMLMap
    /// The files that were read, the task's own last, with their bytes.
    let files: [(name: String, bytes: [UInt8])]

    static let maximumIncludes = 32

    init(_ name: String, in folder: TaskFolder) throws(TaskError) {
        var reader = Reader(folder: folder)
        map = try reader.read(name, from: nil)
        files = reader.files
    }

    private struct Reader {
        let folder: TaskFolder
        var files: [(name: String, bytes: [UInt8])] = []
        var open: [ExactString] = []

        mutating func read(_ name: String, from place: TaskYAML?) throws(TaskError) -> TaskYAMLMap {
            guard !open.contains(ExactString(name)), open.count < TaskSource.maximumIncludes,
                files.count < TaskSource.maximumIncludes
            else {
                throw place?.failure(.limit, "\(name) includes itself, or too many files include one another")
                    ?? TaskError(.limit, "too many files", file: name)
            }
            open.append(ExactString(name))
            let bytes = try folder.contents(name)
            let own = try TaskYAMLMap(TaskYAML.parse(bytes, file: name), name: "a task file")
            var members: [TaskYAML.Member] = []
            if let include = own.value("include") {
                for path in try own.strings("include", maxCount: TaskSource.maximumIncludes) ?? [] {
                    guard let included = folder.name(path, besides: name) else {
                        throw include.failure(.invalid, "\"\(path.prefix(256))\" is not a file of this folder")
                    }
                    do {
                        members.merge(try read(included, from: include).members, leavingOut: "task_list")
                    } catch let error where error.code == .file && error.file == included {
                        throw include.failure(.file, "\(included), which is included: \(error.message)")
                    }
                }
            }
            members.merge(own.members, leavingOut: "include")
            files.append((name, bytes))
            open.removeLast()
            return TaskYAMLMap(members, file: name, line: own.line)
        }
    }
}

extension [TaskYAML.Member] {
    fileprivate mutating func merge(_ other: [TaskYAML.Member], leavingOut left: String) {
        for member in other where member.key != left {
            if let index = firstIndex(where: { ExactString($0.key) == ExactString(member.key) }) {
                self[index] = member
            } else {
                append(member)
            }
        }
    }
}
