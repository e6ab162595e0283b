import ArgumentParser
import CanonicalEncoding
import Glibc
import InferenceEngine

/// JSON Lines in, JSON Lines out, one by one.
enum JSONLines {
    private static let maximumLineBytes = 64 << 20
    static let maximumTextBytes = maximumLineBytes
    private static let limits = JSONLimits(maxBytes: maximumLineBytes, maxDepth: 16, maxValues: 4_000_000)

    /// Answers each line of standard input at once, so that another program can wait for it; a line that fails becomes
    /// an error line. Blank lines are passed over.
    ///
    /// - Throws: `ExitCode(1)` at the end where any line failed.
    static func answer(_ body: (JSONField) throws -> JSONValue) throws {
        try answer(together: 1) { lines in try lines.map(body) }
    }

    /// The same for `count` lines at a time: their answers come, in order, when that many have been read, or all.
    static func answer(together count: Int, _ body: ([JSONField]) throws -> [JSONValue]) throws {
        var reader = LineReader(descriptor: STDIN_FILENO, maximumBytes: maximumLineBytes)
        var failed = false
        func fail(_ error: any Error, _ number: Int) throws {
            failed = true
            try write(["error": .string("\(error)"), "line": .integer(Int64(number))])
        }
        /// Lines that wait for an answer, or why they have none.
        var waiting: [(number: Int, line: Result<JSONField, any Error>)] = []
        func flush() throws {
            defer { waiting = [] }
            let lines = waiting.compactMap { try? $0.line.get() }
            // Where one of them fails, each is asked by itself, to tell which.
            var answers = lines.count > 1 ? (try? body(lines))?[...] : nil
            for (number, line) in waiting {
                do {
                    let line = try line.get()
                    if let answer = answers?.popFirst() { try write(answer) } else { try body([line]).forEach(write) }
                } catch let error as ExitCode {
                    throw error
                } catch {
                    try fail(error, number)
                }
            }
        }
        var number = 0
        while true {
            number += 1
            do {
                guard let line = try reader.next() else { break }
                if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
                waiting.append((number, Result { JSONField(try StrictJSON.parse(line, limits: limits)) }))
            } catch {
                // What follows a line that cannot be read to its end is not a line.
                try flush()
                try fail(error, number)
                break
            }
            if waiting.count >= count { try flush() }
        }
        try flush()
        if failed { throw ExitCode(1) }
    }

    /// One line on standard output, at once.
    /// - Throws: `ExitCode(1)` where nobody reads it any more.
    static func write(_ value: JSONValue) throws {
        try write(bytes: try CanonicalJSON.encode(value, numbers: .any) + [0x0A])
    }

    private static func write(bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw ExitCode(1)
            }
        }
    }

    static func tokens(_ field: JSONField) throws -> [Int32] {
        guard let values = field.value.array else { throw field.failure("an array of token ids was expected") }
        return try values.enumerated().map { position, value in
            guard let integer = value.integer, integer >= 0, let token = Int32(exactly: integer) else {
                throw field.failure("element \(position) is no token id")
            }
            return token
        }
    }

    static func json(_ tokens: [Int32]) -> JSONValue { .array(tokens.map { .integer(Int64($0)) }) }
}
