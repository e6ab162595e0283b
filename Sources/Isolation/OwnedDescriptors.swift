import Glibc

/// Descriptors to close together.
struct OwnedDescriptors {
    private var all: [Int32] = []

    mutating func keep(_ descriptor: Int32, _ name: String) throws(SandboxError) -> Int32 {
        guard descriptor >= 0 else {
            throw SandboxError(.spawn, "\(name) cannot be opened: \(String(cString: strerror(errno)))")
        }
        all.append(descriptor)
        return descriptor
    }

    /// One end of a socket pair or pipe for us, the other for them.
    static func pair(
        _ ours: inout OwnedDescriptors, _ theirs: inout OwnedDescriptors, _ make: (UnsafeMutablePointer<Int32>) -> Int32
    ) throws(SandboxError) -> (ours: Int32, theirs: Int32) {
        var pair: [Int32] = [-1, -1]
        guard make(&pair) >= 0 else {
            throw SandboxError(.spawn, "no pipe for the sandbox: \(String(cString: strerror(errno)))")
        }
        return (try ours.keep(pair[0], "a pipe"), try theirs.keep(pair[1], "a pipe"))
    }

    mutating func release(_ descriptor: Int32) { all.removeAll { $0 == descriptor } }

    mutating func closeAll() {
        for descriptor in all { close(descriptor) }
        all = []
    }
}
