import CanonicalEncoding

/// A mapping of a task file, read key by key; what was not asked for is refused.
struct TaskYAMLMap {
    let file: String
    let line: Int
    let members: [TaskYAML.Member]

    init(_ yaml: TaskYAML, name: String) throws(TaskError) {
        guard case .map(let members) = yaml.content else {
            throw TaskError(.invalid, "\(name) must be a mapping (key: value)", file: yaml.file, line: yaml.line)
        }
        file = yaml.file
        line = yaml.line
        self.members = members
    }

    /// A mapping that was put together from several.
    init(_ members: [TaskYAML.Member], file: String, line: Int) {
        self.members = members
        self.file = file
        self.line = line
    }

    /// Refuses keys that are not known.
    /// - Parameter unread: keys that the harness has and that are refused here, each with why.
    func allow(only known: [String], unread: [String: String] = [:]) throws(TaskError) {
        for member in members where !known.contains(where: { ExactString($0) == ExactString(member.key) }) {
            if case .null = member.value.content { continue }
            let reason = unread[member.key].map { ", which lm-evaluation-harness has, is not read here: \($0)" }
            throw TaskError(
                .unsupported, "the key \"\(member.key.prefix(64))\"\(reason ?? " is not known")", file: member.value.file,
                line: member.line)
        }
    }

    /// The value, unless it is missing or null.
    func value(_ key: String) -> TaskYAML? {
        guard let value = members.first(where: { ExactString($0.key) == ExactString(key) })?.value else { return nil }
        if case .null = value.content { return nil }
        return value
    }

    /// Whether the key is there with `null` for its value.
    func isNull(_ key: String) -> Bool {
        members.contains { member in
            if case .null = member.value.content { ExactString(member.key) == ExactString(key) } else { false }
        }
    }

    func required(_ key: String) throws(TaskError) -> TaskYAML {
        guard let value = value(key) else { throw failure(.invalid, "the key \"\(key)\" is missing") }
        return value
    }

    func map(_ key: String) throws(TaskError) -> TaskYAMLMap? {
        try value(key).map { value throws(TaskError) in try TaskYAMLMap(value, name: "\"\(key)\"") }
    }

    func string(_ key: String, maxBytes: Int = TaskYAML.maximumBytes) throws(TaskError) -> String? {
        try value(key).map { value throws(TaskError) in try value.string(key, maxBytes: maxBytes) }
    }

    /// The first of these keys that has a string.
    func string(firstOf keys: [String], maxBytes: Int = 64) throws(TaskError) -> String? {
        for key in keys { if let text = try string(key, maxBytes: maxBytes) { return text } }
        return nil
    }

    /// A string, or a list of strings.
    func strings(_ key: String, maxCount: Int) throws(TaskError) -> [String]? {
        guard let value = value(key) else { return nil }
        guard case .list(let elements) = value.content else { return [try value.string(key)] }
        guard elements.count <= maxCount else {
            throw value.failure(.limit, "\"\(key)\" has \(elements.count) elements; at most \(maxCount) are read")
        }
        var strings: [String] = []
        for element in elements { strings.append(try element.string(key)) }
        return strings
    }

    func integer(_ key: String, in range: ClosedRange<Int64>) throws(TaskError) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .integer(let integer) = value.content, range.contains(integer), let integer = Int(exactly: integer)
        else {
            throw value.failure(.invalid, "\"\(key)\" must be an integer in \(range.lowerBound)...\(range.upperBound)")
        }
        return integer
    }

    func bool(_ key: String) throws(TaskError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let bool) = value.content else {
            throw value.failure(.invalid, "\"\(key)\" must be true or false")
        }
        return bool
    }

    /// A number, with its spelling.
    func decimal(_ key: String) throws(TaskError) -> DecimalText? {
        guard let value = value(key) else { return nil }
        let text: String? =
            switch value.content {
            case .integer(let integer): String(integer)
            case .decimal(let text): text
            default: nil
            }
        guard let text, let decimal = DecimalText(text) else {
            throw value.failure(.invalid, "\"\(key)\" must be a number")
        }
        return decimal
    }

    func failure(_ code: TaskError.Code, _ message: String) -> TaskError {
        TaskError(code, message, file: file, line: line)
    }
}

extension TaskYAML {
    func string(_ key: String, maxBytes: Int = TaskYAML.maximumBytes) throws(TaskError) -> String {
        switch content {
        case .string(let text):
            guard text.utf8.count <= maxBytes else {
                throw failure(.limit, "\"\(key)\" has \(text.utf8.count) bytes; at most \(maxBytes) are read")
            }
            return text
        case .code: throw codeFailure(key)
        default: throw failure(.invalid, "\"\(key)\" must be a string; quote it")
        }
    }

    /// The value as JSON would have it.
    func json(_ key: String) throws(TaskError) -> JSONValue {
        switch content {
        case .null: return .null
        case .bool(let bool): return .bool(bool)
        case .integer(let integer): return .integer(integer)
        case .decimal(let text): return .number(Double(text) ?? 0)
        case .string(let text): return .string(text)
        case .list(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try element.json(key)) }
            return .array(values)
        case .map(let members):
            var object = JSONObject()
            for member in members { object[member.key] = try member.value.json(key) }
            return .object(object)
        case .code: throw codeFailure(key)
        }
    }

    func failure(_ code: TaskError.Code, _ message: String) -> TaskError {
        TaskError(code, message, file: file, line: line)
    }

    func codeFailure(_ key: String) -> TaskError {
        failure(
            .unsupported,
            "\"\(key)\" names Python code (!function), which is not run here; use the declarative fields. Code can score samples only "
                + "(process_results, a metric of generate_until), in a pack or where it is allowed (--allow-scorers)")
    }
}
