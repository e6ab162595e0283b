import Glibc

/// The names in a folder, as bytes, without `.` and `..`, in no order.
package enum FolderNames {
    /// - Parameters:
    ///   - number: a directory's descriptor, which is closed.
    ///   - limit: no more than one beyond are read.
    /// - Returns: nil, with `errno`, where it cannot be listed.
    package static func all(in number: Int32, limit: Int = .max) -> [[UInt8]]? {
        guard number >= 0, let stream = fdopendir(number) else {
            let code = errno
            if number >= 0 { close(number) }
            errno = code
            return nil
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while names.count <= limit, let entry = readdir(stream) {
            let name = name(of: entry)
            if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
        }
        return names
    }

    /// An entry's name, of which only as many bytes are there as it needs: `d_name` as a whole may reach past what was read.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { preconditionFailure("an entry has a name") }
        let name = UnsafeRawPointer(entry) + offset
        return Array(UnsafeRawBufferPointer(start: name, count: strlen(name.assumingMemoryBound(to: CChar.self))))
    }
}
