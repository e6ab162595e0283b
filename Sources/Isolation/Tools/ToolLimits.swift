/// What a command in a tool sandbox may use.
///
/// `wall` and `outputBytes` are the command's; `diskBytes` and `diskFiles` are its session's; the rest holds for all
/// processes of a command together where a cgroup or the watch can tell, and for each where only resource limits can.
package struct ToolLimits: Hashable, Sendable {
    /// How long a command may run; then everything it started is killed.
    package var wall: Duration
    /// Processor seconds of one process.
    package var cpuSeconds: Int
    /// Bytes of memory of all processes together.
    package var memoryBytes: Int
    /// Processes and threads.
    package var processes: Int
    /// Open descriptors of one process.
    package var openFiles: Int
    /// Bytes in /work and /tmp together, and in one file.
    package var diskBytes: Int
    /// Files and folders in both.
    package var diskFiles: Int
    /// Bytes of each stream that are kept: the first half and the last.
    package var outputBytes: Int
    /// Bytes of both streams after which the command is ended.
    package var floodBytes: Int

    package init(
        wall: Duration = .seconds(10), cpuSeconds: Int = 10, memoryBytes: Int = 512 << 20, processes: Int = 32,
        openFiles: Int = 128, diskBytes: Int = 64 << 20, diskFiles: Int = 4096, outputBytes: Int = 64 << 10,
        floodBytes: Int = 64 << 20
    ) {
        self.wall = wall
        self.cpuSeconds = cpuSeconds
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.openFiles = openFiles
        self.diskBytes = diskBytes
        self.diskFiles = diskFiles
        self.outputBytes = outputBytes
        self.floodBytes = floodBytes
    }

    /// Address space for what an interpreter maps and never touches.
    static let programBytes = 1 << 30

    /// - Throws: `SandboxError` where a limit is zero, negative or beyond 2^40.
    func check() throws(SandboxError) {
        let all = [cpuSeconds, memoryBytes, processes, openFiles, diskBytes, diskFiles, outputBytes, floodBytes]
        guard all.allSatisfy({ 1...(1 << 40) ~= $0 }), wall > .zero, processes >= 2, diskFiles >= 4 else {
            throw SandboxError(
                .spawn, "the limits \(self) are out of range: each is at least 1 (2 processes, 4 files) and at most 2^40")
        }
    }
}
