import Glibc

/// The memory that a namespace's processes hold, summed from outside.
///
/// Resource limits bind one process. Where no cgroup binds them all together, this does, a few dozen times a second:
/// a command can go beyond its limit by what it touches between two looks.
enum ToolMemory {
    /// More processes than any limit lets a command have.
    private static let mostProcesses = 4096

    /// Bytes of anonymous and shared memory (`RssAnon`, `RssShmem` of proc_pid_status(5)) of `first` and all that descend
    /// from it. Memory that several share counts for each.
    static func bytes(below first: pid_t) -> Int {
        var waiting = [first]
        var seen: Set<pid_t> = []
        var total = 0
        while let process = waiting.popLast(), seen.count < mostProcesses {
            guard seen.insert(process).inserted else { continue }
            total += resident(process)
            // A process's children are listed with the thread that started each.
            for thread in threads(process) { waiting += children(process, thread) }
        }
        return total
    }

    private static func resident(_ process: pid_t) -> Int {
        var kibibytes = 0
        for line in content("/proc/\(process)/status").split(separator: "\n")
        where line.hasPrefix("RssAnon:") || line.hasPrefix("RssShmem:") {
            kibibytes += line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) } ?? 0
        }
        return kibibytes * 1024
    }

    private static func threads(_ process: pid_t) -> [String] {
        guard let folder = opendir("/proc/\(process)/task") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder), names.count < mostProcesses {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) { names.append(name) }
        }
        return names
    }

    private static func children(_ process: pid_t, _ thread: String) -> [pid_t] {
        content("/proc/\(process)/task/\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
    }

    static func content(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 18 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
