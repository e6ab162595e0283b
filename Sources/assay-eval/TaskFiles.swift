import CanonicalEncoding
import CommandSupport
import Evaluation
import Glibc

/// Task files on this machine's disk.
enum TaskFiles {
    /// Every file may be named: these are the user's own.
    static var folder: TaskFolder { folder(allowsScorers: false) }

    /// - Parameter allowsScorers: whether tasks may bring Python functions that score their samples.
    static func folder(allowsScorers: Bool) -> TaskFolder {
        TaskFolder(allowsAbsolutePaths: true, allowsScorers: allowsScorers) { name in
            Files.exists(name) ? try Files.read(name, maxBytes: ItemFile.maximumBytes) : nil
        }
    }

    /// The task files that arguments name: files as they are, of folders every `.yaml` below them that describes one task, and for a
    /// group's file its tasks, which are looked for in the file's folder and below it. With the groups that can be put together.
    static func named(_ arguments: [String]) throws -> (files: [String], groups: [(group: TaskGroup, tasks: [String])]) {
        var (files, groups) = ([String](), [(group: TaskGroup, tasks: [String])]())
        for argument in arguments {
            let path = try absolute(argument)
            var status = stat()
            guard stat(path, &status) == 0 else { throw FileError(operation: .read, path: argument, reason: String(cString: strerror(errno))) }
            if status.st_mode & S_IFMT == S_IFDIR {
                var own: [String] = []
                try collect(path, into: &own, depth: 0)
                files += own.filter { TaskDefinition.isTask(file: $0, in: folder) }
                // A file that cannot be read is for whoever reads the task to complain of; a group that lacks tasks is no group here.
                guard let catalog = try? TaskCatalog(files: own, in: folder) else { continue }
                for group in catalog.groups { if let tasks = try? catalog.tasks(of: group) { groups.append((group, tasks)) } }
            } else if let group = try TaskGroup(file: path, in: folder) {
                var around: [String] = []
                try collect(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), into: &around, depth: 0)
                let catalog = try TaskCatalog(files: around, in: folder), tasks = try catalog.tasks(of: group)
                files += tasks.compactMap { task in catalog.tasks.first { ExactString($0.name) == ExactString(task) }?.file }
                groups.append((group, tasks))
            } else {
                files.append(path)
            }
        }
        return (files, groups)
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

    private static func absolute(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw FileError(operation: .read, path: path, reason: String(cString: strerror(errno))) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
