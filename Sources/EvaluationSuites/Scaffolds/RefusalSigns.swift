import Evaluation
import Isolation

/// What a command's end and its complaints show of what the sandbox refused.
///
/// The kernel tells a process that it was refused, and nobody else: from outside only a command's end is seen, and what it
/// says of itself. Complaints are the C library's, in English, since a command's locale is fixed.
enum RefusalSigns {
    private static let words: [(AgentRefusal.Kind, [String])] = [
        // The shell's word for a part of a command that SIGSYS ended.
        (.systemCall, ["Bad system call"]),
        (.permission, ["Operation not permitted", "Permission denied"]),
        (.readOnly, ["Read-only file system"]),
        (
            .network,
            [
                "Network is unreachable", "Temporary failure in name resolution", "Name or service not known", "Could not resolve host",
                "Address family not supported",
            ]
        ),
        (.processes, ["Resource temporarily unavailable", "can't start new thread"]),
        (.memory, ["Cannot allocate memory", "MemoryError"]),
    ]

    /// - Returns: kinds in the order of `AgentRefusal.Kind`.
    static func kinds(of result: ToolResult) -> [AgentRefusal.Kind] {
        var found: Set<AgentRefusal.Kind> = []
        if result.wasDeniedSystemCall { found.insert(.systemCall) }
        switch result.outcome {
        case .timedOut: found.insert(.time)
        case .memoryExceeded: found.insert(.memory)
        case .flooded: found.insert(.output)
        case .exited, .signalled: break
        }
        // Both streams: agents like to join them.
        for text in [result.standardError.text, result.standardOutput.text] {
            for (kind, words) in words where words.contains(where: { text.byteRange(of: $0) != nil }) { found.insert(kind) }
            if namesPlaceOutside(text) { found.insert(.outside) }
        }
        return AgentRefusal.Kind.allCases.filter(found.contains)
    }

    /// Whether a line says of an absolute path outside /work and /tmp that there is none.
    private static func namesPlaceOutside(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "\n")).contains { line in
            let line = String(Substring(line))
            guard line.byteRange(of: "No such file or directory") != nil else { return false }
            let words = line.utf8.split { " :'\"`()\u{2018}\u{2019},;".utf8.contains($0) }.map { String(Substring($0)) }
            return words.contains { word in
                word.hasPrefix("/") && word != "/" && !word.hasPrefix("/work") && !word.hasPrefix("/tmp") && !word.hasPrefix("/bin/") && !word.hasPrefix("/usr/")
            }
        }
    }
}
