import CLinux
import Foundation
import Synchronization

/// A TPM in software, swtpm, in a folder of its own: it listens on a Unix socket there, so that no two tests meet, and
/// the kernel ends it with the process that started it.
package final class SoftwareTPM: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let folder: String
    private let process = Mutex<pid_t>(0)

    /// For tpm2-tools.
    package var tcti: String { "swtpm:path=\(folder)/tpm.sock" }
    private var state: String { folder + "/state" }

    package init() throws {
        // A socket's path is short (unix(7): 107 bytes).
        var template = Array("/tmp/assay-tpm.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(description: "no folder for a TPM: \(String(cString: strerror(errno)))") }
        folder = String(cString: made)
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        try start()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Switches it on, with what its non-volatile memory holds.
    package func start() throws {
        let arguments = [
            "/usr/bin/swtpm", "socket", "--tpm2", "--tpmstate", "dir=\(state)", "--server", "type=unixio,path=\(folder)/tpm.sock", "--ctrl",
            "type=unixio,path=\(folder)/tpm.sock.ctrl", "--flags", "not-need-init,startup-clear",
        ]
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let none: [UnsafePointer<CChar>?] = [nil]
        var stage: Int32 = 0
        let child = words.map { UnsafePointer($0) }.withUnsafeBufferPointer { words in
            none.withUnsafeBufferPointer { none in
                [null, null, null].withUnsafeBufferPointer { descriptors in
                    var request = assay_spawn_request(
                        path: words[0], arguments: words.baseAddress, environment: none.baseAddress, fds: descriptors.baseAddress,
                        fd_count: 3, changes_user: 0, uid: 0, gid: 0, cgroup_procs_fd: -1)
                    return assay_spawn(&request, &stage)
                }
            }
        }
        guard child > 0 else {
            throw Failure(description: "swtpm did not start (\(String(cString: strerror(-child)))): Provisioning/apt-packages.txt names its package")
        }
        process.withLock { $0 = child }
        for _ in 0..<500 {
            // A socket that is there may not be listened to yet.
            if FileManager.default.fileExists(atPath: folder + "/tpm.sock"), (try? tool("getcap", "properties-fixed")) != nil { return }
            usleep(20_000)
        }
        stop()
        throw Failure(description: "swtpm did not answer tpm2_getcap: Provisioning/apt-packages.txt names both packages")
    }

    /// Switches it off, without a word to it, as a power cut does.
    package func stop() {
        process.withLock { process in
            guard process > 0 else { return }
            kill(process, SIGKILL)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            process = 0
        }
        for name in ["tpm.sock", "tpm.sock.ctrl"] { unlink("\(folder)/\(name)") }
    }

    /// What its memory holds now, to put back later: what nobody can do to a real one.
    package func saveState(_ name: String) throws {
        try FileManager.default.copyItem(atPath: state, toPath: "\(folder)/\(name)")
    }

    package func restoreState(_ name: String) throws {
        stop()
        try FileManager.default.removeItem(atPath: state)
        try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: state)
        try start()
    }

    /// Another TPM in its place.
    package func replace() throws {
        stop()
        try FileManager.default.removeItem(atPath: state)
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        try start()
    }

    /// Runs one of tpm2-tools on it; what it prints.
    @discardableResult
    package func tool(_ name: String, _ arguments: String...) throws -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/tpm2_\(name)")
        process.arguments = ["--tcti=\(tcti)"] + arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "tpm2_\(name) ended with \(process.terminationStatus)") }
        return text
    }
}
