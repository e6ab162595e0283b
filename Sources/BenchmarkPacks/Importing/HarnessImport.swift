import AuditCrypto
import CanonicalEncoding
import CommandSupport
import DatasetFormats
import Yams

/// Task files of lm-evaluation-harness, with items that whoever imports them has as JSON Lines or CSV: what the harness would download is
/// pointed to these files.
enum HarnessImport {
    private static let splitKeys = ["test_split", "validation_split", "training_split", "fewshot_split", "num_fewshot"]
    /// Keys that say where the harness gets a task's items; they are written anew.
    private static let dataKeys = ["dataset_path", "dataset_name", "dataset_kwargs", "custom_dataset"] + splitKeys.dropLast()

    static func tasks(
        _ source: ImportSource, _ options: ImportOptions, _ skipped: inout [(file: String, reason: String)]
    ) throws -> [ImportedTask] {
        let files = try source.files([".yaml", ".yml"])
        var tasks: [ImportedTask] = []
        for (name, path) in files {
            let bytes = try ImportSource.read(path)
            do {
                let root = try BoundedYAML.parse(bytes, file: name, code: .badSource)
                guard let task = root.member("task")?.text else { continue }
                guard options.tasks.isEmpty || options.tasks.contains(task) else { continue }
                tasks.append(try self.task(task, name, path, options))
            } catch let error as PackError where files.count > 1 && options.tasks.isEmpty {
                skipped.append((name, error.message))
            }
        }
        if let missing = options.tasks.subtracting(tasks.map(\.name)).min() {
            throw PackError(.badSource, "no file below it is the task \(shown(missing))", file: source.path)
        }
        return tasks
    }

    private static func task(_ task: String, _ name: String, _ path: String, _ options: ImportOptions) throws -> ImportedTask {
        guard PackDescription.isName(task) else { throw PackError(.badSource, "\"task\" must be a name of letters, digits and _ - . + = @", file: name) }
        var imported = ImportedTask(name: task)
        let folder = OutputFolder.folder(of: path)
        var file = ImportSource.name(of: path), splits: [String: String] = [:], seen: Set<String> = []
        while true {
            guard seen.insert(file).inserted, seen.count <= TaskOutline.maximumIncludes else { throw PackError(.badSource, "it includes itself, or too much", file: name) }
            let bytes = try ImportSource.read("\(folder)/\(file)")
            let root = try BoundedYAML.parse(bytes, file: file, code: .badSource)
            try refuseCode(root, file: file)
            for key in splitKeys where splits[key] == nil { splits[key] = root.member(key)?.text }
            imported.sources.append((file, SHA256Digest.of(bytes)))
            // A task that is included is no task of its own here.
            imported.files.append((file, .bytes(try Self.without(dataKeys + (imported.files.isEmpty ? [] : ["task"]), bytes, file: file))))
            guard let include = root.member("include")?.text else { break }
            guard TargetPath.fault(in: include) == nil, !include.utf8.contains(UInt8(ascii: "/")) else {
                throw PackError(.badSource, "it includes \(shown(include)), and only files of its own folder are read", file: file)
            }
            file = include
        }
        // As the harness chooses them: what is asked, and where examples come from.
        guard let asked = splits["test_split"] ?? splits["validation_split"] else {
            throw PackError(.badSource, "the task has neither a \"test_split\" nor a \"validation_split\"", file: name)
        }
        let hasExamples = splits["num_fewshot"].map { $0 != "0" } ?? false
        let examples = splits["fewshot_split"] ?? (hasExamples ? splits["training_split"] ?? splits["validation_split"] : nil)
        var lines = "\ntest_split: \(asked)\n" + (examples.map { "fewshot_split: \($0)\n" } ?? "") + "dataset_path: json\ndataset_kwargs:\n  data_files:\n"
        var names: Set<String> = []
        for split in [asked, examples].compactMap(\.self) where names.insert(split).inserted {
            guard PackDescription.isName(split) else { throw PackError(.badSource, "the split \(shown(split)) must be a name of letters, digits and _ - . + = @", file: name) }
            guard let data = options.data.first(where: { $0.task == task && $0.split == split }) ?? options.data.first(where: { $0.task == nil && $0.split == split })
            else { throw PackError(.badSource, "its items are not given: name them with --data \(task):\(split)=FILE", file: name) }
            let count = try copy(data.path, split, to: &imported)
            if split == asked { imported.items = count }
            lines += "    \(split): \(split).\(data.path.hasSuffix(".csv") ? "csv" : "jsonl")\n"
        }
        if case .bytes(let bytes) = imported.files[0].content {
            let gap = bytes.last == UInt8(ascii: "\n") ? "" : "\n"
            imported.files[0].content = .bytes(bytes + Array((gap + lines).utf8))
        }
        return imported
    }

    private static func copy(_ path: String, _ split: String, to task: inout ImportedTask) throws -> Int {
        let folder = try PackFolder(OutputFolder.folder(of: path)), name = ImportSource.name(of: path)
        guard let file = try folder.open(name) else { throw PackError(.missingFile, "there is no such file", file: path) }
        var count = 0
        try PackItems.forEach(of: file, path: path) { _ in count += 1 }
        guard let (_, digests) = try folder.digests(of: name, maxBytes: .max), let digest = SHA256Digest(bytes: digests.sha256) else {
            throw PackError(.missingFile, "there is no such file", file: path)
        }
        task.sources.append((name, digest))
        task.files.append(("\(split).\(path.hasSuffix(".csv") ? "csv" : "jsonl")", .copy(path)))
        return count
    }

    /// What is Python code in a task file is not copied, and would not be run.
    private static func refuseCode(_ node: Node, file: String) throws(PackError) {
        let tag: String
        switch node {
        case .scalar(let scalar): tag = scalar.tag.rawValue
        case .sequence(let sequence):
            for element in sequence { try refuseCode(element, file: file) }
            return
        case .mapping(let mapping):
            for (key, value) in mapping {
                try refuseCode(key, file: file)
                try refuseCode(value, file: file)
            }
            return
        default: return
        }
        guard !tag.hasPrefix("!function") else {
            throw PackError(.badSource, "!function names Python code, which is not run here; use the declarative fields", file: file, line: node.lineNumber)
        }
    }

    /// A task file without some of its keys, and what stands below them.
    private static func without(_ keys: [String], _ bytes: [UInt8], file: String) throws(PackError) -> [UInt8] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw PackError(.badSource, "it is not UTF-8", file: file) }
        var isDropped = false
        let kept = text.utf8Split("\n").filter { line in
            // A key of the file itself stands at the beginning of its line; a list below it may too.
            if let first = line.utf8.first, first > UInt8(ascii: " "), first != UInt8(ascii: "-"), first != UInt8(ascii: "#") {
                isDropped = keys.contains { key in [key, "\"\(key)\"", "'\(key)'"].contains { line.hasPrefix($0 + ":") || line.hasPrefix($0 + " :") } }
            }
            return !isDropped
        }
        let result = Array(kept.joined(separator: "\n").utf8)
        let root = try BoundedYAML.parse(result + Array("\n_: _\n".utf8), file: file, code: .badSource)
        for key in keys where root.member(key) != nil {
            throw PackError(.badSource, "the key \"\(key)\" stands where it cannot be taken out: put it on a line of its own", file: file)
        }
        return result
    }
}
