import CanonicalEncoding
import Foundation

/// A child process that answers each line of JSON with one.
final class LineProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffered: [UInt8] = []
    private let name: String

    /// - Parameter log: where its standard error goes.
    init(_ command: [String], log: String) throws {
        name = command.joined(separator: " ")
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = input
        process.standardOutput = output
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
    }

    /// Sends a line, and waits for the answer.
    func ask(_ question: JSONValue) throws -> JSONValue { try ask([question])[0] }

    /// Sends lines, which the process must read before it answers, and waits for the answers.
    func ask(_ questions: [JSONValue]) throws -> [JSONValue] {
        for question in questions {
            try input.fileHandleForWriting.write(contentsOf: Data(try CanonicalJSON.encode(question, numbers: .any) + [0x0A]))
        }
        return try questions.map { _ in try answer() }
    }

    private func answer() throws -> JSONValue {
        while true {
            if let end = buffered.firstIndex(of: 0x0A) {
                let line = Array(buffered[..<end])
                buffered.removeSubrange(...end)
                return try StrictJSON.parse(line)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw BenchmarkError(description: "\(name) ended without an answer; see its log in .bench/") }
            buffered += more
        }
    }

    /// Runs a program to its end.
    /// - Returns: the JSON of its last line of output.
    static func result(_ command: [String]) throws -> JSONValue {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let line = data.split(separator: 0x0A).last else {
            throw BenchmarkError(description: "\(command.joined(separator: " ")) ended with status \(process.terminationStatus)")
        }
        return try StrictJSON.parse(Array(line))
    }
}
