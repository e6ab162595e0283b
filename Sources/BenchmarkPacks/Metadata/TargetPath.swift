/// Where a target may lie.
package enum TargetPath {
    /// A file's name is at most 255 bytes, of which 129 are for a SHA-512 digest before it.
    static let longestName = 120
    static let longestPath = 512

    /// What is wrong with a path; nil for plain relative ones: names of letters, digits and `_ - . + = @` between
    /// slashes, none of them beginning with a dot.
    package static func fault(in path: String) -> String? {
        let bytes = path.utf8
        guard !bytes.isEmpty else { return "it is empty" }
        guard bytes.count <= longestPath else { return "it has more than \(longestPath) bytes" }
        guard bytes.first != UInt8(ascii: "/") else { return "it is absolute" }
        for name in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let first = name.first else { return "it has an empty part" }
            guard first != UInt8(ascii: ".") else { return "one of its parts begins with a dot" }
            guard name.count <= longestName else { return "one of its parts has more than \(longestName) bytes" }
            guard name.allSatisfy(isPlain) else { return "it holds other characters than letters, digits and _ - . + = @" }
        }
        return nil
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_-.+=@".utf8.contains(byte)
        }
    }

    package static func check(_ path: String, file: String) throws(PackError) {
        if let fault = fault(in: path) { throw PackError(.badPath, "the path \(shown(path)) is refused: \(fault)", file: file) }
    }

    /// Refuses paths that some file system takes for one another: those that differ in case only, and one that is
    /// another's folder. All are plain.
    package static func checkCollisions(_ paths: some Collection<String>, file: String) throws(PackError) {
        var seen: [String: String] = [:]
        for path in paths {
            if let other = seen.updateValue(path, forKey: path.lowercased()) {
                throw PackError(.pathCollision, "the paths \(shown(other)) and \(shown(path)) are one where case does not count", file: file)
            }
        }
        for path in paths {
            var folder = path.lowercased()[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                guard let other = seen[String(folder)] else { continue }
                throw PackError(.pathCollision, "\(shown(other)) is a file, and the folder of \(shown(path))", file: file)
            }
        }
    }

    /// The name under which a target lies in `targets/` (consistent snapshots: section 6.2 of the specification).
    package static func stored(_ path: String, digest: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "targets/\(digest).\(path)" }
        return "targets/\(path[...slash])\(digest).\(path[path.index(after: slash)...])"
    }
}
