import CanonicalEncoding
import CommandSupport
import Evaluation
import Glibc

/// Task files on this machine's disk.
enum TaskFiles {
    /// Every file may be named: these are the user's own.
    /// - Parameter allowsScorers: whether tasks may bring Python functions that score their samples. Reading a task runs none.
    static func folder(allowsScorers: Bool) -> TaskFolder {
        TaskFolder(allowsAbsolutePaths: true, allowsScorers: allowsScorers) { name in
            Files.exists(name) ? try Files.read(name, maxBytes: ItemFile.maximumBytes) : nil
        }
    }

    /// What arguments name.
    struct Named {
        /// Each once, however often it is named.
        fileprivate(set) var files: [String] = []
        /// The groups that can be put together, with their tasks.
        fileprivate(set) var groups: [(group: TaskGroup, tasks: [String])] = []
        /// Why other groups, and files that are to be included, are left out. A task's file is in `files` in any case: whoever reads it
        /// says what is wrong with it.
        fileprivate(set) var leftOut: [TaskError] = []

        private var known: Set<ExactString> = []

        fileprivate mutating func add(files: [String]) throws {
            for file in files where known.insert(ExactString(try absolute(file))).inserted { self.files.append(file) }
        }

        fileprivate mutating func add(_ group: TaskGroup, _ tasks: [String]) {
            let isKnown = groups.contains { ExactString($0.group.file) == ExactString(group.file) && ExactString($0.group.name) == ExactString(group.name) }
            if !isKnown { groups.append((group, tasks)) }
        }

        fileprivate mutating func leaveOut(_ error: TaskError) {
            if !leftOut.contains(error) { leftOut.append(error) }
        }

        /// - Parameter own: the YAML files of a folder.
        fileprivate mutating func catalog(_ own: [String]) throws -> TaskCatalog {
            var refused: [(file: String, error: TaskError)] = []
            let catalog = try TaskCatalog(files: own, in: folder(allowsScorers: true)) { refused.append(($0, $1)) }
            for (file, error) in refused where !TaskDefinition.isTask(file: file, in: folder(allowsScorers: true)) { leaveOut(error) }
            return catalog
        }
    }

    /// The task files that arguments name: files as they are, of folders every `.yaml` below them that describes one task, and for a
    /// group's file its tasks, which are looked for in the file's folder and below it. With the groups that can be put together.
    static func named(_ arguments: [String]) throws -> Named {
        var named = Named()
        for argument in arguments {
            let path = try absolute(argument)
            var status = stat()
            guard stat(path, &status) == 0 else { throw FileError(operation: .read, path: argument, reason: String(cString: strerror(errno))) }
            if status.st_mode & S_IFMT == S_IFDIR {
                var own: [String] = []
                try collect(path, into: &own, depth: 0)
                try named.add(files: own.filter { TaskDefinition.isTask(file: $0, in: folder(allowsScorers: true)) })
                let catalog = try named.catalog(own)
                for group in catalog.groups {
                    do { named.add(group, try catalog.tasks(of: group)) } catch { named.leaveOut(error) }
                }
            } else if let group = try TaskGroup(file: path, in: folder(allowsScorers: true)) {
                var around: [String] = []
                try collect(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), into: &around, depth: 0)
                let catalog = try named.catalog(around), tasks = try catalog.tasks(of: group)
                try named.add(files: tasks.compactMap { task in catalog.tasks.first { ExactString($0.name) == ExactString(task) }?.file })
                named.add(group, tasks)
            } else {
                try named.add(files: [path])
            }
        }
        return named
    }

    /// Every YAML file of a folder and those below it.
    private static func collect(_ folder: String, into files: inout [String], depth: Int) throws {
        guard depth < 16 else { return }
        for name in try Files.names(in: folder) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try collect(path, into: &files, depth: depth + 1)
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                files.append(path)
            }
        }
    }

    fileprivate static func absolute(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw FileError(operation: .read, path: path, reason: String(cString: strerror(errno))) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
