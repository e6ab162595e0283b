import CommandSupport
import Evaluation
import Glibc

/// Task files on this machine's disk.
enum TaskFiles {
    /// Every file may be named: these are the user's own.
    static var folder: TaskFolder {
        TaskFolder(allowsAbsolutePaths: true) { name in
            Files.exists(name) ? try Files.read(name, maxBytes: ItemFile.maximumBytes) : nil
        }
    }

    /// The task files that arguments name: files as they are, and of folders every `.yaml` below them that describes one task.
    static func named(_ arguments: [String]) throws -> [String] {
        var files: [String] = []
        for argument in arguments {
            let path = try absolute(argument)
            var status = stat()
            guard stat(path, &status) == 0 else { throw FileError(operation: .read, path: argument, reason: String(cString: strerror(errno))) }
            if status.st_mode & S_IFMT == S_IFDIR { try collect(path, into: &files, depth: 0) } else { files.append(path) }
        }
        return files
    }

    private static func collect(_ folder: String, into files: inout [String], depth: Int) throws {
        guard depth < 16 else { return }
        for name in try Files.names(in: folder) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try collect(path, into: &files, depth: depth + 1)
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml"), TaskDefinition.isTask(file: path, in: Self.folder) {
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
