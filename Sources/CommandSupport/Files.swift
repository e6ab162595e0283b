import Glibc

/// Why a file could not be read or written: which, and the system's word for it.
package struct FileError: Error, Sendable, CustomStringConvertible {
    package enum Operation: String, Sendable { case read, write, create }

    package let operation: Operation
    package let path: String
    package let reason: String

    package init(operation: Operation, path: String, reason: String) {
        (self.operation, self.path, self.reason) = (operation, path, reason)
    }

    package var description: String { "Could not \(operation.rawValue) \(path): \(reason)." }
}

/// Small files, whole.
package enum Files {
    /// The bytes of the regular file at `path`, at most `maxBytes`.
    package static func read(_ path: String, maxBytes: Int = 64 << 20) throws(FileError) -> [UInt8] {
        // A pipe is refused below, not waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(.read, path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.read, path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(operation: .read, path: path, reason: "it is not a regular file")
        }
        guard status.st_size <= maxBytes else {
            throw FileError(
                operation: .read, path: path, reason: "it has \(status.st_size) bytes; at most \(maxBytes) are read here")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let wanted = bytes.count - filled
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, wanted)
            }
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                throw got < 0
                    ? failure(.read, path) : FileError(operation: .read, path: path, reason: "it shrank while it was read")
            }
            filled += got
        }
        return bytes
    }

    /// Puts `bytes` at `path` so that at any moment either nothing (or what was there) or all of it is there,
    /// and it outlives a power cut. Where the folder could not be synced, it is there and may not outlive one.
    package static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws(FileError) {
        let file = try FileWriter(path, mode: mode)
        try file.append(bytes)
        try file.commit()
    }

    /// The file at `path`; for `-`, text from standard input, as a scanner gives it: with line ends of its own at the end, in
    /// whose place one newline stands.
    package static func readScanned(_ path: String, maxBytes: Int) throws(FileError) -> [UInt8] {
        guard path == "-" else { return try read(path, maxBytes: maxBytes) }
        let newline = UInt8(ascii: "\n")
        var bytes = try readStandardInput(maxBytes: maxBytes)
        while let last = bytes.last, last == newline || last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes + [newline]
    }

    /// What comes on standard input, until its end.
    private static func readStandardInput(maxBytes: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure(.read, "standard input") }
            if got == 0 { return bytes }
            bytes += buffer[..<got]
            guard bytes.count <= maxBytes else {
                throw FileError(operation: .read, path: "standard input", reason: "it has more than \(maxBytes) bytes")
            }
        }
    }

    /// Whether anything is at `path`.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The folder that the running program's file is in; nil where the kernel does not say.
    package static var programFolder: String? {
        guard let file = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(file) }
        let path = String(cString: file)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }

    /// The names of what is in a folder, in order.
    package static func names(in folder: String) throws(FileError) -> [String] {
        guard let names = FolderNames.all(in: open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else { throw failure(.read, folder) }
        return names.map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    /// Makes a folder and those above it; those that are there stay as they are.
    package static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(FileError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw failure(.create, path)
        }
        try makeFolder(String(path[..<slash]), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw failure(.create, path) }
    }

    /// Takes the file at `path` away, for good even where the power goes; nothing to do where there is none.
    package static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(.write, path) }
        try syncFolder(of: path)
    }

    /// Makes what was put into, or taken out of, a folder outlive a power cut; or what was written to a file.
    package static func sync(_ path: String, isFolder: Bool = true) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isFolder ? O_DIRECTORY : 0))
        guard descriptor >= 0 else { throw failure(.write, path) }
        defer { close(descriptor) }
        // EINVAL: a file system that has nothing to sync a folder with (some on USB media, some of a network).
        guard fsync(descriptor) == 0 || (isFolder && errno == EINVAL) else { throw failure(.write, path) }
    }

    static func syncFolder(of path: String) throws(FileError) {
        try sync(path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
    }

    private static func failure(_ operation: FileError.Operation, _ path: String) -> FileError {
        FileError(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}
