import EvaluationLogs
import Foundation

/// A folder of a test's own.
struct LogFolder: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "logs-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { "\(path)/\(name)" }
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    /// Where logs go that other programs are to read; nil where nobody asked for them.
    static var forOthers: String? { ProcessInfo.processInfo.environment["ASSAY_LOGS_OUT"].flatMap { $0.isEmpty ? nil : $0 } }
}

/// Python's own library, as the other program.
enum Python {
    struct Failure: Error { let text: String }

    /// What the script printed, as JSON; it finds `input` on its standard input.
    static func json(_ script: String, _ arguments: [String] = [], input: Data = Data()) throws -> Any {
        let (process, output, source) = (Process(), Pipe(), FileManager.default.temporaryDirectory.appending(path: "input-\(UUID())"))
        try input.write(to: source)
        defer { try? FileManager.default.removeItem(at: source) }
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script] + arguments
        (process.standardInput, process.standardOutput) = (try FileHandle(forReadingFrom: source), output)
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(text: "python3 ended with \(process.terminationStatus)") }
        return try JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed)
    }
}
