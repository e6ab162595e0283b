import AuditCrypto
import CanonicalEncoding
import Yams

/// PyRIT's seed datasets: YAML files (`.prompt`, `.yaml`) with a list `seeds`, each with a `value`.
enum PyRITImport {
    static func tasks(
        _ source: ImportSource, _ options: ImportOptions, _ skipped: inout [(file: String, reason: String)]
    ) throws -> [ImportedTask] {
        let files = try source.files([".prompt", ".yaml", ".yml"])
        var tasks: [ImportedTask] = []
        for (name, path) in files {
            do { tasks.append(try task(name, ImportSource.read(path), options, taken: Set(tasks.map(\.name)))) } catch let error as PackError where files.count > 1 {
                skipped.append((name, error.message))
            }
        }
        return tasks
    }

    /// - Parameter taken: names of other tasks: several files can be of one dataset.
    private static func task(_ name: String, _ bytes: [UInt8], _ options: ImportOptions, taken: Set<String>) throws(PackError) -> ImportedTask {
        let root = try BoundedYAML.parse(bytes, file: name, code: .badSource)
        guard let list = root.member("seeds") ?? root.member("prompts"), case .sequence(let seeds) = list else {
            throw PackError(.badSource, "a seed dataset has a list \"seeds\"", file: name, line: root.lineNumber)
        }
        let stem = ImportSource.stem(of: name), dataset = ImportedTask.name("pyrit", root.member("dataset_name")?.text ?? stem)
        var task = ImportedTask(name: taken.contains(dataset) ? ImportedTask.name(dataset, stem) : dataset)
        task.sources = [(name, SHA256Digest.of(bytes))]
        var groups: [String: Int] = [:]
        for seed in seeds { if let group = group(seed) { groups[group, default: 0] += 1 } }
        let (category, type) = (root.member("harm_categories")?.texts?.first, root.member("data_type")?.text)
        var items: [JSONValue] = []
        for (index, seed) in seeds.enumerated() {
            guard case .mapping = seed, let value = seed.member("value")?.text else {
                throw PackError(.badSource, "a seed has a text \"value\"", file: name, line: seed.lineNumber)
            }
            guard seed.member("data_type")?.text ?? type ?? "text" == "text" else { task.leaveOut("not text"); continue }
            guard group(seed).map({ groups[$0] == 1 }) ?? true, seed.member("role")?.text ?? "user" == "user", seed.member("sequence")?.text ?? "0" == "0"
            else { task.leaveOut("one of several turns or parts"); continue }
            guard !RefusalTask.isTemplate(value) else { task.leaveOut("a template with places to fill in"); continue }
            guard !RefusalTask.isBlank(value) else { task.leaveOut("empty"); continue }
            items.append(
                RefusalTask.item(
                    id: "\(task.name)-\(index + 1)", prompt: value, domain: seed.member("harm_categories")?.texts?.first ?? category ?? "general",
                    options.expectation))
        }
        if !items.isEmpty { try RefusalTask.add(items, options.expectation, to: &task) }
        return task
    }

    /// Seeds of one group are asked together.
    private static func group(_ seed: Node) -> String? { seed.member("prompt_group_alias")?.text ?? seed.member("prompt_group_id")?.text }
}
