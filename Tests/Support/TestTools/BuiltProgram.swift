import Foundation

/// A program of this package, as it is built beside the tests.
package struct BuiltProgram: Sendable {
    package let url: URL

    package init(_ name: String) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        url = URL(filePath: tests).deletingLastPathComponent().appending(path: name)
    }

    /// Its path; nil where it is not built, as when a single target is.
    package static func path(_ name: String) -> String? {
        guard let path = try? Self(name).url.path, FileManager.default.isExecutableFile(atPath: path) else { return nil }
        return path
    }

    /// What it came to.
    package struct Outcome: Sendable {
        package let status: Int32
        package let output: [UInt8]
        package let errors: String
        package var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - folder: where it works; nil for where the tests do.
    ///   - environment: all of it; nil for the tests' own.
    package func run(_ arguments: [String], in folder: URL? = nil, environment: [String: String]? = nil) throws -> Outcome {
        let (process, output) = (Process(), Pipe())
        // In a file: a second pipe that fills up while the first is read would stop both.
        let log = FileManager.default.temporaryDirectory.appending(path: "errors-\(UUID().uuidString)")
        try Data().write(to: log)
        defer { try? FileManager.default.removeItem(at: log) }
        process.executableURL = url
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = folder }
        if let environment { process.environment = environment }
        process.standardInput = FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (output, try FileHandle(forWritingTo: log))
        try process.run()
        let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: bytes, errors: try String(contentsOf: log, encoding: .utf8))
    }
}
