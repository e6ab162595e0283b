import CanonicalEncoding
import Foundation
import TestTools

/// `assay-engine`, built beside these tests, under way.
final class EngineProgram {
    struct NotBuilt: Error, CustomStringConvertible {
        let description: String
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors = Pipe()
    private var pending: [UInt8] = []

    init(_ arguments: [String]) throws {
        guard let path = BuiltProgram.path("assay-engine") else {
            throw NotBuilt(description: "assay-engine is missing beside the tests: build the whole package")
        }
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    func send(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    func send(bytes: [UInt8]) throws { try input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    /// All that it writes, for a command that does not answer in JSON.
    func text() -> String { String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }

    func send(_ value: JSONValue) throws {
        try send(String(decoding: CanonicalJSON.encode(value, numbers: .any), as: UTF8.self))
    }

    /// The next line of its output, waited for.
    func line() throws -> JSONValue? {
        while !pending.contains(0x0A) {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            pending += Array(more)
        }
        let line = pending.prefix { $0 != 0x0A }
        pending.removeFirst(line.count + 1)
        return try StrictJSON.parse(Array(line))
    }

    /// As Ctrl-C does.
    func interrupt() { process.interrupt() }

    /// Closes its input and waits for its end.
    /// - Returns: the lines not read yet, its status, and what it wrote on standard error.
    func finish() throws -> (lines: [JSONValue], status: Int32, errors: String) {
        try input.fileHandleForWriting.close()
        var lines: [JSONValue] = []
        while let line = try line() { lines.append(line) }
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (lines, process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    /// What it answers to `lines`.
    static func answers(_ arguments: [String], _ lines: [String]) throws -> (lines: [JSONValue], status: Int32, errors: String) {
        let program = try EngineProgram(arguments)
        for line in lines { try program.send(line) }
        return try program.finish()
    }
}
