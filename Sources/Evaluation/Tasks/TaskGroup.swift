import CanonicalEncoding

/// Tasks whose figures are put together: a group file of lm-evaluation-harness.
package struct TaskGroup: Hashable, Sendable {
    package enum Member: Hashable, Sendable {
        /// A task, a group or a tag.
        case named(String, line: Int)
        /// A group within the group.
        case group(TaskGroup)
    }

    /// An entry of `aggregate_metric_list`.
    package struct Aggregate: Hashable, Sendable {
        package let metric: String
        /// Nil for every filter that the tasks have.
        package let filters: [String]?
        /// Whether a task counts as much as it has items, or each as one.
        package let weightsBySize: Bool
    }

    package let name: String
    package let members: [Member]
    package let aggregates: [Aggregate]
    package let file: String

    /// - Returns: nil for a file that describes no group.
    /// - Throws: `TaskError` with the file and line.
    package init?(file: String, in folder: TaskFolder) throws(TaskError) {
        let map = try TaskSource(file, in: folder).map
        guard map.value("group") != nil, map.value("doc_to_text") == nil, let tasks = map.value("task") else { return nil }
        if case .list = tasks.content { try self.init(map, depth: 0) } else { return nil }
    }

    private init(_ map: TaskYAMLMap, depth: Int) throws(TaskError) {
        guard depth < 16 else { throw map.failure(.limit, "groups are nested too deeply") }
        try map.allow(only: ["group", "group_alias", "task", "aggregate_metric_list", "metadata", "tag"])
        file = map.file
        name = try map.required("group").string("group", maxBytes: 256)
        let list = try map.required("task")
        guard case .list(let elements) = list.content, (1...16_384).contains(elements.count) else {
            throw list.failure(.invalid, "\"task\" of a group must be a list of tasks")
        }
        var members: [Member] = []
        for element in elements {
            if case .map = element.content {
                let inner = try TaskYAMLMap(element, name: "a group's task")
                guard inner.value("group") != nil else {
                    throw element.failure(.unsupported, "settings of a task within a group are not read; write a task file that includes the task's")
                }
                members.append(.group(try TaskGroup(inner, depth: depth + 1)))
            } else {
                members.append(.named(try element.string("task", maxBytes: 256), line: element.line))
            }
        }
        self.members = members
        guard let yaml = map.value("aggregate_metric_list") else {
            aggregates = []
            return
        }
        let entries: [TaskYAML] = if case .list(let list) = yaml.content { list } else { [yaml] }
        var aggregates: [Aggregate] = []
        for element in entries {
            let entry = try TaskYAMLMap(element, name: "an entry of \"aggregate_metric_list\"")
            try entry.allow(only: ["metric", "filter_list", "aggregation", "weight_by_size"])
            let aggregation = try entry.string("aggregation", maxBytes: 64) ?? "mean"
            guard aggregation == "mean" else {
                throw element.failure(.unsupported, "the aggregation \"\(aggregation)\" is not supported for groups; only mean is")
            }
            aggregates.append(
                Aggregate(
                    metric: try entry.required("metric").string("metric", maxBytes: 64), filters: try entry.strings("filter_list", maxCount: 64),
                    weightsBySize: try entry.bool("weight_by_size") ?? true))
        }
        self.aggregates = aggregates
    }
}

/// The tasks and groups of several files, by name.
package struct TaskCatalog: Sendable {
    package struct Entry: Hashable, Sendable {
        package let name: String
        package let tags: [String]
        package let file: String
    }

    package private(set) var tasks: [Entry] = []
    package private(set) var groups: [TaskGroup] = []

    /// Reads the names; whether a task can be evaluated is not asked here.
    /// - Parameter refused: gets each file that cannot be read, with why, and the others are read; nil to throw the first.
    /// - Throws: `TaskError` for a file that is no YAML, or a group that cannot be read.
    package init(files: [String], in folder: TaskFolder, refused: ((_ file: String, TaskError) -> Void)? = nil) throws(TaskError) {
        for file in files {
            do {
                try add(file, folder)
            } catch {
                guard let refused else { throw error }
                refused(file, error)
            }
        }
    }

    private mutating func add(_ file: String, _ folder: TaskFolder) throws(TaskError) {
        if let group = try TaskGroup(file: file, in: folder) {
            groups.append(group)
            return
        }
        let map = try TaskSource(file, in: folder).map
        guard let yaml = map.value("task"), case .string(let name) = yaml.content else { return }
        // Older files call a tag a group.
        let tags = try (map.strings("tag", maxCount: 64) ?? []) + (map.strings("group", maxCount: 64) ?? [])
        tasks.append(Entry(name: name, tags: tags, file: file))
    }

    /// The names of a group's tasks, those of groups within it included, each once, in order.
    /// - Throws: `TaskError` for a name that is none here, or a group that holds itself.
    package func tasks(of group: TaskGroup) throws(TaskError) -> [String] {
        var found: [String] = []
        try collect(group, into: &found, open: [])
        return found
    }

    private func collect(_ group: TaskGroup, into found: inout [String], open: [String]) throws(TaskError) {
        guard !open.contains(group.name), open.count < 32 else {
            throw TaskError(.invalid, "the group \"\(group.name)\" holds itself", file: group.file)
        }
        for member in group.members {
            switch member {
            case .group(let inner): try collect(inner, into: &found, open: open + [group.name])
            case .named(let name, let line):
                if let inner = groups.first(where: { ExactString($0.name) == ExactString(name) }) {
                    try collect(inner, into: &found, open: open + [group.name])
                    continue
                }
                var names = tasks.filter { ExactString($0.name) == ExactString(name) }.map(\.name)
                if names.isEmpty { names = tasks.filter { $0.tags.contains { ExactString($0) == ExactString(name) } }.map(\.name) }
                guard !names.isEmpty else {
                    throw TaskError(.file, "there is no task, group or tag \"\(name.prefix(128))\" here", file: group.file, line: line)
                }
                found += names.filter { name in !found.contains { ExactString($0) == ExactString(name) } }
            }
        }
    }
}
