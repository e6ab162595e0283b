import Foundation
import Synchronization

/// `assay-serve`, built beside the tests, under way on a Unix socket of its own.
package final class ServeProgram: @unchecked Sendable {
    package struct NotServing: Error, CustomStringConvertible {
        package let description: String
    }

    /// The socket, or the port where there is none.
    package let socket: String?
    package let port: Int?
    private let folder: URL
    // Foundation's process is only signalled and waited for.
    private let process = Process()
    private let log: URL

    /// Starts it and waits until it serves.
    package init(_ arguments: [String], onPort: Bool = false) throws {
        guard let path = BuiltProgram.path("assay-serve") else {
            throw NotServing(description: "assay-serve is missing beside the tests: build the whole package")
        }
        // A socket's path is short.
        folder = URL(filePath: "/tmp/assay-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        log = folder.appending(path: "errors")
        try Data().write(to: log)
        let socket = folder.appending(path: "socket").path
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments + (onPort ? ["--port", "0"] : ["--socket", socket])
        process.standardInput = FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (output, try FileHandle(forWritingTo: log))
        try process.run()
        Leftovers.shared.add(process.processIdentifier, folder)
        var line: [UInt8] = []
        while line.last != 0x0A {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                process.waitUntilExit()
                throw NotServing(description: "status \(process.terminationStatus): \(try String(contentsOf: log, encoding: .utf8))")
            }
            line += more
        }
        self.socket = onPort ? nil : socket
        let words = String(decoding: line, as: UTF8.self)
        port = onPort ? words.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) } : nil
    }

    /// Those that tests share are held to the end of the program, which must not leave them behind.
    private final class Leftovers: Sendable {
        static let shared = Leftovers()
        private let folders = Mutex<[Int32: URL]>([:])

        private init() {
            atexit {
                let folders = Leftovers.shared.folders.withLock { $0 }
                for (process, folder) in folders {
                    // Its worker dies with it.
                    kill(process, SIGKILL)
                    try? FileManager.default.removeItem(at: folder)
                }
            }
        }

        func add(_ process: Int32, _ folder: URL) { folders.withLock { $0[process] = folder } }

        func remove(_ process: Int32) { folders.withLock { $0[process] = nil } }
    }

    deinit {
        if process.isRunning { _ = end() }
        try? FileManager.default.removeItem(at: folder)
    }

    package var processID: Int32 { process.processIdentifier }
    package var errors: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Ends it as Ctrl-C does.
    /// - Returns: its exit status; nil where it did not end within ten seconds, and was killed.
    package func end() -> Int32? {
        process.interrupt()
        for _ in 0..<100 where process.isRunning { usleep(100_000) }
        Leftovers.shared.remove(process.processIdentifier)
        guard process.isRunning else { return process.terminationStatus }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return nil
    }
}
