import Evaluation
import Glibc

/// Files of a suite library: regular files of bounded size, read whole.
enum SuiteFile {
    static func read(_ path: String, maximumBytes: Int) throws(TaskError) -> [UInt8] {
        func failure(_ message: String) -> TaskError { TaskError(.file, message, file: path) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw failure("not a regular file")
        }
        guard let size = Int(exactly: information.st_size), size <= maximumBytes else {
            throw failure("\(information.st_size) bytes; at most \(maximumBytes) are read")
        }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("ended after \(filled) of \(size) bytes") }
            filled += count
        }
        return bytes
    }

    /// The files of a folder, for task files.
    static func folder(_ directory: String) -> TaskFolder {
        TaskFolder { name in
            let path = "\(directory)/\(name)"
            return access(path, F_OK) == 0 ? try read(path, maximumBytes: ItemFile.maximumBytes) : nil
        }
    }

    static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
