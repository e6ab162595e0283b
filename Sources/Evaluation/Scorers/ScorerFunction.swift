import AuditCrypto
import CanonicalEncoding

/// A Python function of a file beside a task file, which scores the task's samples: `!function module.function`, as
/// lm-evaluation-harness finds it (0.4.13, `tasks/_yaml_loader.py`). It is run in the tool sandbox, and only where whoever hands
/// out the task's folder allows it.
package struct ScorerFunction: Hashable, Sendable {
    /// The file's name in the task's folder: for `utils.score` in `tasks/a.yaml` it is `tasks/utils.py`.
    package let path: String
    package let name: String
    /// Where it is named.
    package let file: String
    package let line: Int

    /// - Throws: `TaskError` where code is not allowed, or where this names no function of a file in the folder.
    init(_ yaml: TaskYAML, _ key: String, in folder: TaskFolder) throws(TaskError) {
        guard case .code(let reference) = yaml.content, folder.allowsScorers else { throw yaml.codeFailure(key) }
        let parts = reference.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let name = parts.last.map(String.init), Self.isIdentifier(name) else {
            throw yaml.failure(.invalid, "\"\(key)\" must name a function of a file beside this one, as !function utils.score")
        }
        let module = parts.dropLast().joined(separator: "/")
        guard module.utf8.allSatisfy(Self.isPlain), module.utf8.count <= 256, !module.split(separator: "/", omittingEmptySubsequences: false).contains(""),
            let path = folder.name("\(module).py", besides: yaml.file)
        else { throw yaml.failure(.invalid, "\"\(reference.prefix(128))\" names no file below the folder of this one") }
        (self.path, self.name, file, line) = (path, name, yaml.file, yaml.line)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_-/".utf8.contains(byte)
        }
    }

    /// An ASCII name of Python.
    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return text.utf8.allSatisfy { isPlain($0) && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "/") }
    }

    static func isMetricName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"\"/\\,".utf8.contains($0) }
    }
}

/// A Python file that a task's scorers are in.
package struct ScorerFile: Sendable {
    package let source: ItemFile.Source
    package let text: String

    static let maximumBytes = 1 << 20
    /// Of one task.
    static let maximumCount = 16

    /// The files of a task's functions, each once.
    static func files(of task: TaskDefinition, in folder: TaskFolder) throws(TaskError) -> [ScorerFile] {
        var files: [ScorerFile] = []
        for function in task.scorerFunctions where !files.contains(where: { ExactString($0.source.name) == ExactString(function.path) }) {
            func failure(_ code: TaskError.Code, _ message: String) -> TaskError {
                TaskError(code, "\(function.path), which !function names: \(message)", file: function.file, line: function.line)
            }
            guard files.count < maximumCount else { throw failure(.limit, "a task's functions may be in \(maximumCount) files") }
            // The harness would look for an installed module; here there is the task's own code only.
            guard let bytes = try folder.contentsIfPresent(function.path) else { throw failure(.file, "there is no such file") }
            guard bytes.count <= maximumBytes else { throw failure(.limit, "\(bytes.count) bytes; at most \(maximumBytes) are read") }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw failure(.syntax, "not UTF-8") }
            files.append(ScorerFile(source: .init(name: function.path, digest: SHA256Digest.of(bytes)), text: text))
        }
        return files
    }
}
