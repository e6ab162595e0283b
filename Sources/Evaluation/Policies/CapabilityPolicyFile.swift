import CanonicalEncoding

extension CapabilityPolicy {
    /// Reads a policy file: YAML of the kind that task files are (no anchors, no tags, no key twice).
    /// - Throws: `TaskError` with the file and line.
    package init(yaml bytes: [UInt8], file: String) throws(TaskError) {
        var lines: [String: Int] = [:]
        let value = try TaskYAML.parse(bytes, file: file).policyJSON("$", &lines)
        do {
            try self.init(JSONField(value))
        } catch {
            throw TaskError(.invalid, "\(error)", file: file, line: Self.line(of: error.path, lines))
        }
    }

    /// The line of the value at a path or, where there is none, of the one that it should stand in.
    private static func line(of path: String, _ lines: [String: Int]) -> Int {
        var path = path[...]
        while !path.isEmpty {
            if let line = lines[String(path)] { return line }
            path = path.prefix(upTo: path.lastIndex { $0 == "." || $0 == "[" } ?? path.startIndex)
        }
        return 0
    }
}

extension TaskYAML {
    /// The value as JSON, decimal numbers as they were written; a key without a value is not there.
    /// - Parameter lines: gets the line of every value, by its path.
    fileprivate func policyJSON(_ path: String, _ lines: inout [String: Int]) throws(TaskError) -> JSONValue {
        lines[path] = line
        switch content {
        case .null: return .null
        case .bool(let bool): return .bool(bool)
        case .integer(let integer): return .integer(integer)
        case .decimal(let text), .string(let text): return .string(text)
        case .code: throw failure(.unsupported, "a policy names no code")
        case .list(let elements):
            var values: [JSONValue] = []
            for (index, element) in elements.enumerated() { values.append(try element.policyJSON("\(path)[\(index)]", &lines)) }
            return .array(values)
        case .map(let members):
            var object = JSONObject()
            for member in members {
                if case .null = member.value.content { continue }
                object[member.key] = try member.value.policyJSON("\(path).\(member.key)", &lines)
            }
            return .object(object)
        }
    }
}
