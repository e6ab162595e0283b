import CanonicalEncoding
import Yams

/// A value of a task file with the place where it stands.
struct TaskYAML: Sendable {
    enum Content: Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        /// A number with a point or an exponent, as it was written.
        case decimal(String)
        case string(String)
        case list([TaskYAML])
        case map([Member])
        /// What `!function` names: Python code beside the file.
        case code(String)
    }

    struct Member: Sendable {
        let key: String
        /// The key where YAML does not read it as a string.
        let otherKey: JSONValue?
        let line: Int
        let value: TaskYAML
    }

    let content: Content
    /// A task is read from its file and those that it includes.
    let file: String
    let line: Int

    /// Reads one YAML document of the kind that task files are: mappings, lists and scalars, by the rules of YAML 1.1,
    /// which are those of the harness' reader (PyYAML): `yes` and `no` are booleans, and a key may be any of these.
    ///
    /// Refused: tags other than `!function`, anchors and aliases, merge keys, more than one document, duplicate keys,
    /// and plain scalars that readers of YAML 1.1 disagree on, such as `010` and `1_000`: quoted, they are strings to
    /// everyone.
    static func parse(_ bytes: [UInt8], file: String) throws(TaskError) -> TaskYAML {
        func failure(_ code: TaskError.Code, _ message: String, _ line: Int = 0) -> TaskError {
            TaskError(code, message, file: file, line: line)
        }
        guard bytes.count <= maximumBytes else {
            throw failure(.limit, "\(bytes.count) bytes; at most \(maximumBytes) are read")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure(.syntax, "not UTF-8") }
        try checkAliasesAndNesting(bytes, file: file)
        let node: Node?
        let parser: Parser
        do {
            parser = try Parser(yaml: text, encoding: .utf8)
            node = try parser.singleRoot()
        } catch let error as YamlError {
            let (message, line) = describe(error)
            throw failure(.syntax, message, line)
        } catch {
            throw failure(.syntax, "not YAML")
        }
        guard let node else { throw failure(.syntax, "the file is empty") }
        var reader = NodeReader(file: file)
        // An anchor's name lives as long as the parser that read it.
        return try withExtendedLifetime(parser) { () throws(TaskError) in try reader.value(node, depth: 0) }
    }

    /// How a key is written: what YAML reads as a number or a boolean is a key all the same.
    var keyText: String? {
        switch content {
        case .string(let text), .decimal(let text): text
        case .integer(let integer): String(integer)
        case .bool(let bool): bool ? "True" : "False"
        case .null, .list, .map, .code: nil
        }
    }

    static let maximumBytes = 256 << 10
    static let maximumDepth = 16
    static let maximumValues = 16384

    /// Bounds what the YAML library does before it hands over a tree in which anchors can be seen.
    ///
    /// It puts a copy of the anchored value in each alias's place and hashes mapping keys, so that aliases of aliases
    /// in a key would take exponential time. An alias needs a `*` with a name after it; with at most sixteen of
    /// these the worst case is a few hundred times the file's size, and then the anchor is refused. Block
    /// nesting needs indentation or a dash for each level, flow nesting a bracket, and both are recursion.
    private static func checkAliasesAndNesting(_ bytes: [UInt8], file: String) throws(TaskError) {
        var (stars, line, dashes, brackets) = (0, 1, 0, 0)
        var startOfLine = true
        // Without an anchor there is nothing to copy, and a star is text.
        let hasAnchor = bytes.indices.contains { index in
            bytes[index] == UInt8(ascii: "&") && index + 1 < bytes.count && bytes[index + 1] > UInt8(ascii: " ")
                && (index == 0 || bytes[index - 1] <= UInt8(ascii: " ") || "[{,".utf8.contains(bytes[index - 1]))
        }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                (startOfLine, dashes) = (true, 0)
                continue
            case UInt8(ascii: "*"):
                if hasAnchor, index + 1 < bytes.count, bytes[index + 1] > UInt8(ascii: " ") { stars += 1 }
            case UInt8(ascii: "-"), UInt8(ascii: "?"):
                // A level only where white space follows: a row of dashes is text.
                let follower = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
                if startOfLine, follower <= UInt8(ascii: " ") {
                    dashes += 1
                    continue
                }
            case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
            case UInt8(ascii: " "), UInt8(ascii: "\t"): continue
            default: break
            }
            startOfLine = false
            guard stars <= 16 else {
                throw TaskError(.limit, "too many words that start with * (at most 16)", file: file, line: line)
            }
            guard dashes <= maximumDepth, brackets <= 256 else {
                throw TaskError(.limit, "nested too deeply", file: file, line: line)
            }
        }
    }

    private static func describe(_ error: YamlError) -> (message: String, line: Int) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ("not YAML: \(problem)", mark.line)
        case .reader(let problem, _, _, _): ("not YAML: \(problem)", 0)
        case .duplicatedKeysInMapping(let duplicates, let context):
            ("the key \"\(duplicates.first?.prefix(64) ?? "")\" stands twice", context.mark.line)
        default: ("not YAML", 0)
        }
    }
}

/// Turns the library's tree into ours, refusing on the way what a task file may not hold.
private struct NodeReader {
    let file: String
    var values = 0

    init(file: String) { self.file = file }

    mutating func value(_ node: Node, depth: Int) throws(TaskError) -> TaskYAML {
        let line = node.mark?.line ?? 0
        values += 1
        guard depth <= TaskYAML.maximumDepth, values <= TaskYAML.maximumValues else {
            throw failure(.limit, "nested too deeply or too many values", line)
        }
        guard node.anchor == nil else {
            throw failure(.unsupported, "anchors and aliases are not read; write the value out", line)
        }
        switch node {
        case .scalar(let scalar):
            return TaskYAML(content: try content(of: scalar, line: line), file: file, line: line)
        case .sequence(let sequence):
            try check(tag: sequence.tag, allowed: .seq, line: line)
            var list: [TaskYAML] = []
            for element in sequence { list.append(try value(element, depth: depth + 1)) }
            return TaskYAML(content: .list(list), file: file, line: line)
        case .mapping(let mapping):
            try check(tag: mapping.tag, allowed: .map, line: line)
            var map: [TaskYAML.Member] = []
            for (keyNode, valueNode) in mapping {
                let key = try value(keyNode, depth: depth + 1)
                guard let name = key.keyText, name != "<<" else {
                    throw failure(.unsupported, "a key must be a scalar; merge keys are not read", key.line)
                }
                let otherKey: JSONValue? = if case .string = key.content { nil } else { try key.json("key") }
                map.append(.init(key: name, otherKey: otherKey, line: key.line, value: try value(valueNode, depth: depth + 1)))
            }
            return TaskYAML(content: .map(map), file: file, line: line)
        case .alias:
            throw failure(.unsupported, "aliases are not read; write the value out", line)
        }
    }

    private func content(of scalar: Node.Scalar, line: Int) throws(TaskError) -> TaskYAML.Content {
        if scalar.tag.rawValue == "!function" { return .code(scalar.string) }
        // The library has worked out the tags of keys, in order to tell whether one stands twice.
        let plain: [Tag.Name] = [.implicit, .int, .float, .bool, .null]
        guard scalar.style == .plain, plain.contains(where: { $0.rawValue == scalar.tag.rawValue }) else {
            try check(tag: scalar.tag, allowed: .str, line: line)
            return .string(scalar.string)
        }
        let text = scalar.string
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, (48...57).contains(first) || "+-.".utf8.contains(first) else { return .string(text) }
        if !text.hasPrefix("+"), let integer = Int64(text), String(integer) == text { return .integer(integer) }
        if !text.hasPrefix("+"), text.utf8.count <= 24, DecimalText(text) != nil { return .decimal(text) }
        guard text.utf8.count > 64 || !Self.isOtherwiseRead(text) else {
            throw failure(.syntax, "\"\(text)\" can be read as a number, a date or text; quote it, or write it plainly", line)
        }
        return .string(text)
    }

    /// Whether YAML 1.1 has it for a number or a date in one of its other spellings: other bases, underscores, base 60,
    /// exponents, infinities (types int, float and timestamp of the YAML 1.1 type repository).
    private static func isOtherwiseRead(_ text: String) -> Bool {
        guard let expression = try? otherSpellings.get(), let isFound = try? expression.isFound(in: text) else { return true }
        return isFound
    }

    private static let otherSpellings = Result { () throws(PythonExpression.Failure) in
        try PythonExpression(
            #"\A(?:[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"#
                + #"|[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"#
                + #"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?)\Z"#)
    }

    /// `!!str` and the like say what is so anyway; any other tag names code or a type of its own.
    private func check(tag: Tag, allowed: Tag.Name, line: Int) throws(TaskError) {
        let name = tag.rawValue
        if name == Tag.Name.implicit.rawValue || name == allowed.rawValue || name == Tag.Name.nonSpecific.rawValue {
            return
        }
        throw failure(.unsupported, "the tag \(name.prefix(64)) is not read", line)
    }

    private func failure(_ code: TaskError.Code, _ message: String, _ line: Int) -> TaskError {
        TaskError(code, message, file: file, line: line)
    }
}
