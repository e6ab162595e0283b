import CanonicalEncoding

/// How a tool sandbox confines, for the record: what was found to hold from outside (namespaces, user, cgroup) and by a
/// command inside (filter, limits). Integers, booleans and closed vocabularies only.
package struct ToolSandboxReport: Hashable, Sendable {
    package let bubblewrapVersion: String
    /// The namespaces found to be others than this process's own.
    package let namespaces: [String]
    /// The host's user that commands run as.
    package let hostUserID: Int
    /// Whether that is this process's own user.
    package let sharesUser: Bool
    /// Why no cgroup holds; nil where one does.
    package let cgroupUnavailable: String?
    /// 2: a filter.
    package let seccompMode: Int
    /// By the names of `ToolSelfCheck`.
    package let limits: [String: Int]

    /// What bounds memory and processes: the watch bounds memory where there is no cgroup, and besides one.
    package var limitedBy: [String] { (cgroupUnavailable == nil ? ["cgroup"] : []) + ["rlimit", "watch"] }

    package var json: JSONValue {
        var values = JSONObject()
        for (name, value) in limits.sorted(by: { $0.key < $1.key }) { values[name] = .integer(Int64(value)) }
        var object: JSONObject = [
            "bubblewrap": .string(bubblewrapVersion), "namespaces": .array(namespaces.map { .string($0) }),
            "hostUserID": .integer(Int64(hostUserID)), "sharesUser": .bool(sharesUser),
            "limitedBy": .array(limitedBy.map { .string($0) }), "seccompMode": .integer(Int64(seccompMode)),
            "limits": .object(values),
        ]
        object["cgroupUnavailable"] = cgroupUnavailable.map { .string($0) }
        return .object(object)
    }
}

/// What a command in the sandbox finds to hold of itself.
struct ToolSelfCheck: Hashable, Sendable {
    /// Its own status and limits as the kernel has them.
    static let command = ["/bin/cat", "/proc/self/status", "/proc/self/limits"]

    private static let names = [
        ("Max cpu time", "cpu"), ("Max file size", "file-size"), ("Max data size", "data"),
        ("Max address space", "address-space"), ("Max processes", "processes"), ("Max open files", "open-files"),
        ("Max core file size", "core"), ("Max locked memory", "locked-memory"), ("Max msgqueue size", "message-queues"),
    ]

    let seccompMode: Int
    let noNewPrivileges: Bool
    let capabilities: UInt64
    /// Soft and hard limit where they are the same, as they must be.
    let limits: [String: Int]

    static func read(_ result: ToolResult) throws(SandboxError) -> ToolSelfCheck {
        let lines = result.standardOutput.text.split(separator: "\n")
        guard result.succeeded, !lines.isEmpty else {
            throw SandboxError(
                .notConfined, "the sandbox's first command ended with \"\(result.outcome)\": "
                    + result.standardError.text.prefix(512))
        }
        func field(_ name: String) -> Substring? {
            lines.first { $0.hasPrefix("\(name):") }?.split { $0 == " " || $0 == "\t" }.last
        }
        var capabilities: UInt64 = 0
        for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            capabilities |= field(name).flatMap { UInt64($0, radix: 16) } ?? .max
        }
        var limits: [String: Int] = [:]
        for (title, name) in names {
            guard let line = lines.first(where: { $0.hasPrefix(title) }) else { continue }
            let values = line.dropFirst(title.count).split(separator: " ").prefix(2).map { Int($0) }
            if values.count == 2, let soft = values[0], soft == values[1] { limits[name] = soft }
        }
        return ToolSelfCheck(
            seccompMode: field("Seccomp").flatMap { Int($0) } ?? -1, noNewPrivileges: field("NoNewPrivs") == "1",
            capabilities: capabilities, limits: limits)
    }

    func check(_ wanted: ToolLimits) throws(SandboxError) {
        let expected = [
            "cpu": wanted.cpuSeconds, "file-size": wanted.diskBytes, "data": wanted.memoryBytes,
            "address-space": wanted.memoryBytes + ToolLimits.programBytes, "processes": wanted.processes,
            "open-files": wanted.openFiles, "core": 0, "locked-memory": 0, "message-queues": 0,
        ]
        guard seccompMode == 2, noNewPrivileges, capabilities == 0, limits == expected else {
            throw SandboxError(.notConfined, "a command is not confined as it must be: \(self)")
        }
    }
}
