import Appliance
import Foundation
import TestTools
import Testing

/// Two daemons on one folder: the second does not start, whatever became of its socket, and says who has it.
@Suite struct HomeLockTests {
    /// assayd as it is built beside the tests, with its log.
    private final class Daemon {
        let process = Process(), errors = Pipe()

        init(_ folder: String, socket: String) throws {
            process.executableURL = try BuiltProgram("assayd").url
            process.arguments = ["--home", folder + "/home", "--socket", "\(folder)/\(socket)"]
            process.standardError = errors
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }

        /// Its log up to a word, or all of it.
        func log(until word: String? = nil) -> String {
            var text = ""
            while word.map({ !text.contains($0) }) ?? true {
                let more = errors.fileHandleForReading.availableData
                if more.isEmpty { break }
                text += String(decoding: more, as: UTF8.self)
            }
            return text
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

        func stop(_ signal: Int32 = SIGTERM) {
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
        }
    }

    @Test func oneAtATime() throws {
        let folder = "/tmp/assay-lock-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try Daemon(folder, socket: "one.sock")
        #expect(first.log(until: "listening").contains("listening"))

        // At another socket, as the first one's keeps a second away too.
        let second = try Daemon(folder, socket: "two.sock")
        let said = second.log()
        second.process.waitUntilExit()
        #expect(second.process.terminationStatus == 73)
        #expect(said.contains("\(folder)/home is in use by assayd, process \(first.process.processIdentifier)"), "\(said)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/two.sock"))
        #expect(first.process.isRunning)

        // However it ends, the next one starts.
        first.stop(SIGKILL)
        let third = try Daemon(folder, socket: "two.sock")
        #expect(third.log(until: "listening").contains("listening"))
        third.stop()
        #expect(third.process.terminationStatus == 0)
        let fourth = try Daemon(folder, socket: "two.sock")
        #expect(fourth.log(until: "listening").contains("listening"))
        fourth.stop()
    }

    /// In one process too, and let go when its owner ends.
    @Test func heldForALifetime() throws {
        let home = ApplianceHome(path: FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)").path)
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        do {
            let lock = try HomeLock(home: home)
            let error = #expect(throws: HomeLock.Taken.self) { try HomeLock(home: home) }
            #expect(error?.process.hasSuffix("process \(getpid())") == true)
            withExtendedLifetime(lock) {}
        }
        _ = try HomeLock(home: home)
    }

    /// A program that is being started has copies of all that is open until it is itself: it must not keep the lock.
    @Test func childDoesNotKeepIt() throws {
        let folder = "/tmp/assay-lock-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let home = ApplianceHome(path: folder)
        var lock: HomeLock? = try HomeLock(home: home)
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
        let number = try #require(
            descriptors.first {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.hasPrefix(home.path + "/") == true
            })
        let child = Process()
        child.executableURL = URL(filePath: "/bin/sleep")
        child.arguments = ["60"]
        child.standardInput = FileHandle(fileDescriptor: number, closeOnDealloc: false)
        try child.run()
        defer { child.terminate() }
        #expect(throws: HomeLock.Taken.self) { try HomeLock(home: home) }
        withExtendedLifetime(lock) {}
        lock = nil
        _ = try HomeLock(home: home)
        #expect(child.isRunning)
    }
}
