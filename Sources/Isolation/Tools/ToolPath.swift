import Glibc

/// A file's place below /work: one to 32 names of at most 255 bytes each, none of them `.` or `..`.
package struct ToolPath: Hashable, Sendable, CustomStringConvertible {
    package let components: [String]

    package var description: String { components.joined(separator: "/") }

    /// - Parameter text: relative to /work, or absolute below it.
    /// - Throws: `ToolFileError` for what leads elsewhere or is no path.
    package init(_ text: String) throws(ToolFileError) {
        var rest = text[...]
        if rest.utf8.first == UInt8(ascii: "/") {
            guard rest.utf8.starts(with: "\(ToolCommand.work)/".utf8) else {
                throw ToolFileError(shown: text, "it is not below \(ToolCommand.work)", leadsOut: true)
            }
            rest = rest.dropFirst(ToolCommand.work.count + 1)
        }
        let names = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...32).contains(names.count),
            names.allSatisfy({ (1...255).contains($0.utf8.count) && $0 != "." && $0 != ".." && !$0.utf8.contains(0) })
        else {
            throw ToolFileError(shown: text, "a path is 1 to 32 names joined by /, none of them empty, \".\" or \"..\"", leadsOut: names.contains(".."))
        }
        components = names
    }
}

/// Why a file of a tool sandbox could not be read or written.
package struct ToolFileError: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String
    /// Whether the path leads, or may lead, out of /work.
    package let leadsOut: Bool

    init(_ path: ToolPath, _ reason: String, leadsOut: Bool = false) { (self.path, self.reason, self.leadsOut) = (path.description, reason, leadsOut) }

    init(_ path: ToolPath, _ error: Int32) {
        let reason =
            switch error {
            case ELOOP: "it is, or lies below, a symbolic link"
            case EXDEV: "it leads out of \(ToolCommand.work)"
            case ENOSPC: "there is no room left"
            case ENXIO: "it is not a regular file"
            default: String(cString: strerror(error))
            }
        self.init(path, reason, leadsOut: error == ELOOP || error == EXDEV)
    }

    init(shown text: String, _ reason: String, leadsOut: Bool) { (path, self.reason, self.leadsOut) = (String(text.prefix(256)), reason, leadsOut) }

    package var description: String { "\(path): \(reason)" }
}
