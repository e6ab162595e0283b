import AuditCrypto
import CanonicalEncoding
import Yams

/// What a pack needs to know of an lm-evaluation-harness task file: its name, the files that it needs, its metrics.
/// Whether a task can be evaluated here is for whoever evaluates it to say.
package struct TaskOutline: Sendable {
    package let name: String
    /// Its path, and those of what it includes, from where `read` reads.
    package let file: String
    package let includes: [String]
    /// In the order of the file: a split and the path of its items.
    package let splits: [(name: String, path: String)]
    package let scorers: [String]
    /// The Python files that functions of the task's own are in which score samples (`!function`), each once.
    package let code: [String]

    static let maximumIncludes = 8

    /// Reads a task file and what it includes.
    /// - Parameter read: a file's bytes.
    /// - Returns: nil for a file that names no task, which others include.
    package init?(file: String, read: (String) throws(PackError) -> [UInt8]) throws(PackError) {
        var includes: [String] = [], fields: [String: (node: Node, file: String)] = [:], waiting = [(path: file, from: file, line: 0)]
        while let (path, from, line) = waiting.popLast() {
            let node = try BoundedYAML.parse(read(path), file: path, code: .badTask)
            guard case .mapping = node else { throw PackError(.badTask, "a task file is a mapping (key: value)", file: path, line: node.lineNumber) }
            // What includes a file overrides what it says, and of several files the first the others.
            for key in ["task", "dataset_path", "dataset_kwargs", "metric_list", "process_results", "metadata"] where fields[key] == nil {
                if let value = node.member(key) { fields[key] = (value, path) }
            }
            if path == file, fields["task"] == nil { return nil }
            if path != file { includes.append(path) }
            guard includes.count <= Self.maximumIncludes else { throw PackError(.limit, "more than \(Self.maximumIncludes) files are included", file: from, line: line) }
            guard let include = node.member("include") else { continue }
            guard let texts = include.texts else { throw PackError(.badTask, "\"include\" must be files' names", file: path, line: include.lineNumber) }
            for text in texts.reversed() {
                let next = try Self.path(text, besideFile: path, line: include.lineNumber)
                guard next != file, !includes.contains(next) else { throw PackError(.badTask, "it includes itself, or a file twice", file: path, line: include.lineNumber) }
                waiting.append((next, path, include.lineNumber))
            }
        }
        guard let (task, _) = fields["task"], let name = task.text, PackDescription.isName(name) else {
            throw PackError(.badTask, "\"task\" must be a name of letters, digits and _ - . + = @", file: file, line: fields["task"]?.node.lineNumber ?? 0)
        }
        if let field = fields["metadata"], let corpus = field.node.member("corpus") {
            throw PackError(
                .badTask, "\"metadata.corpus\": a pack carries no corpus yet; leave the task out, or take the key away", file: field.file, line: corpus.lineNumber)
        }
        (self.file, self.includes, self.name) = (file, includes, name)
        splits = try Self.splits(fields, file: file)
        var code: [String] = []
        scorers = try Self.scorers(fields["metric_list"], &code)
        if let field = fields["process_results"] {
            guard let function = try Self.function(field.node, file: field.file) else {
                throw PackError(.badTask, "\"process_results\" must name a function (!function module.function)", file: field.file, line: field.node.lineNumber)
            }
            if !code.contains(function.path) { code.append(function.path) }
        }
        self.code = code
    }

    private static func splits(_ fields: [String: (node: Node, file: String)], file: String) throws(PackError) -> [(name: String, path: String)] {
        guard let dataset = fields["dataset_path"], dataset.node.text == "json" || dataset.node.text == "csv" else {
            throw PackError(
                .badTask, "\"dataset_path\" must be json or csv, with files of this folder in dataset_kwargs.data_files", file: fields["dataset_path"]?.file ?? file,
                line: fields["dataset_path"]?.node.lineNumber ?? 0)
        }
        guard let arguments = fields["dataset_kwargs"], let files = arguments.node.member("data_files"), case .mapping(let mapping) = files, !mapping.isEmpty else {
            throw PackError(.badTask, "dataset_kwargs.data_files must map splits to files", file: fields["dataset_kwargs"]?.file ?? file)
        }
        var splits: [(String, String)] = []
        for (key, value) in mapping {
            guard let name = key.text, PackDescription.isName(name), let texts = value.texts, !texts.isEmpty else {
                throw PackError(.badTask, "dataset_kwargs.data_files must map each split's name to a file, or files", file: arguments.file, line: key.lineNumber)
            }
            // lm-evaluation-harness takes paths from where it runs; here they are from the folder of the file that names them.
            for text in texts { splits.append((name, try path(text, besideFile: arguments.file, line: value.lineNumber))) }
        }
        return splits
    }

    private static func scorers(_ field: (node: Node, file: String)?, _ code: inout [String]) throws(PackError) -> [String] {
        guard let field else { return [] }
        guard case .sequence(let sequence) = field.node else {
            throw PackError(.badTask, "\"metric_list\" must be a list", file: field.file, line: field.node.lineNumber)
        }
        var names: [String] = []
        for element in sequence {
            guard let metric = element.member("metric"), var name = metric.text, PackDescription.isLine(name) else {
                throw PackError(.badTask, "an entry of \"metric_list\" must have a \"metric\"", file: field.file, line: element.lineNumber)
            }
            if let function = try function(metric, file: field.file) {
                name = function.name
                if !code.contains(function.path) { code.append(function.path) }
            }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// What `!function module.function` names: the module's file and the function; nil for what has no tag of its own.
    private static func function(_ node: Node, file: String) throws(PackError) -> (path: String, name: String)? {
        guard case .scalar(let scalar) = node else { return nil }
        let tag = scalar.tag.rawValue
        guard tag.hasPrefix("!"), !tag.hasPrefix("!!"), tag != "!" else { return nil }
        var parts = scalar.string.utf8Split(".")
        guard tag == "!function", parts.count >= 2, let name = parts.popLast(), PackDescription.isName(name), !parts.contains("") else {
            throw PackError(.badTask, "\(shown(tag)) \(shown(scalar.string)) names no function of a file beside this one", file: file, line: node.lineNumber)
        }
        return (try path(parts.joined(separator: "/") + ".py", besideFile: file, line: node.lineNumber), name)
    }

    /// A path that a file names, from the same place as the file's own. It may go up, and not out.
    private static func path(_ text: String, besideFile file: String, line: Int) throws(PackError) -> String {
        func refused(_ fault: String) -> PackError { PackError(.badPath, "the path \(shown(text)) is refused: \(fault)", file: file, line: line) }
        guard !text.hasPrefix("/") else { throw refused("it is absolute") }
        var parts = file.utf8Split("/").dropLast().map(\.self)
        for part in text.utf8Split("/") where part != "." {
            guard part == ".." else { parts.append(part); continue }
            guard parts.popLast() != nil else { throw refused("it leads out") }
        }
        let path = parts.joined(separator: "/")
        if let fault = TargetPath.fault(in: path) { throw refused(fault) }
        // Tasks, what they include and their items lie below one folder.
        guard path.hasPrefix("tasks/") else { throw refused("it leads out of tasks/") }
        return path
    }
}
