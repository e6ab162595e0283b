import CanonicalEncoding
import DatasetFormats

/// A file's items: of JSON Lines the bytes, of which a line is read when it is asked for; of other formats the items.
struct ItemLines: Sendable {
    private enum Content: Sendable {
        case lines([UInt8], [Range<Int>])
        /// Each with its line in the file, from 1; 0 in a JSON file, which has no lines of its own.
        case read([(fields: JSONObject, line: Int)])
    }

    let name: String
    private let content: Content

    var count: Int {
        switch content {
        case .lines(_, let ranges): ranges.count
        case .read(let rows): rows.count
        }
    }

    func line(_ row: Int) -> Int {
        switch content {
        case .lines: row + 1
        case .read(let rows): rows[row].line
        }
    }

    /// For messages: which item it is, where a line does not say so.
    func place(_ row: Int) -> String { line(row) == 0 ? "element \(row) of the list: " : "" }

    init(_ bytes: [UInt8], name: String, member: String?) throws(TaskError) {
        guard bytes.count <= ItemFile.maximumBytes else {
            throw TaskError(.limit, "\(bytes.count) bytes; at most \(ItemFile.maximumBytes) are read", file: name)
        }
        self.name = name
        if name.hasSuffix(".csv") {
            content = .read(try CSVItems.rows(bytes, name: name))
        } else if name.hasSuffix(".json"), let list = try Self.list(bytes, name: name, member: member) {
            content = .read(list.map { ($0, 0) })
        } else {
            guard member == nil else { throw TaskError(.invalid, "dataset_kwargs.field is for JSON files, not for JSON Lines", file: name) }
            content = .lines(bytes, Self.split(bytes))
        }
    }

    func fields(_ row: Int) throws(TaskError) -> JSONObject {
        switch content {
        case .lines(let bytes, let ranges): try Self.fields(bytes[ranges[row]], line: row + 1, name: name)
        case .read(let rows): rows[row].fields
        }
    }

    private static func fields(_ bytes: ArraySlice<UInt8>, line: Int, name: String) throws(TaskError) -> JSONObject {
        func failure(_ code: TaskError.Code, _ message: String) -> TaskError {
            TaskError(code, message, file: name, line: line)
        }
        guard bytes.count <= ItemFile.maximumLineBytes else {
            throw failure(.limit, "the line has \(bytes.count) bytes; at most \(ItemFile.maximumLineBytes) are read")
        }
        guard !bytes.isEmpty else { throw failure(.invalid, "the line is empty; a line holds one JSON object") }
        let value: JSONValue
        do {
            let limits = JSONLimits(maxBytes: ItemFile.maximumLineBytes, maxDepth: 16, maxValues: 100_000)
            value = try StrictJSON.parse(Array(bytes), limits: limits)
        } catch {
            throw failure(.syntax, "column \(error.column): \(error.message)")
        }
        guard case .object(let object) = value else { throw failure(.invalid, "a line holds one JSON object, not \(value.kind)") }
        return object
    }

    /// Lines end at a line feed; a carriage return before it belongs to the line break, and so does a last, empty line.
    private static func split(_ bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        bytes.withUnsafeBufferPointer { buffer in
            while start < buffer.count {
                let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) ?? buffer.count
                let isReturn = end > start && buffer[end - 1] == UInt8(ascii: "\r")
                ranges.append(start..<(isReturn ? end - 1 : end))
                start = end + 1
            }
        }
        return ranges
    }

    /// The list of a JSON file; nil where the file holds one object, so that it may be JSON Lines of one line.
    private static func list(_ bytes: [UInt8], name: String, member: String?) throws(TaskError) -> [JSONObject]? {
        let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        guard member != nil || first == UInt8(ascii: "[") else { return nil }
        var value: JSONValue
        do {
            value = try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: 256 << 20, maxDepth: 20, maxValues: 50_000_000))
        } catch {
            throw TaskError(.syntax, "column \(error.column): \(error.message)", file: name, line: error.line)
        }
        if let member {
            guard let inner = value[member] else { throw TaskError(.invalid, "there is no member \"\(member)\"", file: name) }
            value = inner
        }
        guard let elements = value.array else { throw TaskError(.invalid, "a list of objects was expected, not \(value.kind)", file: name) }
        var objects: [JSONObject] = []
        for (index, element) in elements.enumerated() {
            guard case .object(let object) = element else {
                throw TaskError(.invalid, "element \(index) of the list is \(element.kind), not an object", file: name)
            }
            objects.append(object)
        }
        return objects
    }
}

/// The rows of a CSV file, with the types that the harness' library (pandas) finds in its columns.
private enum CSVItems {
    /// What pandas reads as nothing.
    private static let missing: Set<String> = [
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN",
        "None", "n/a", "nan", "null",
    ]

    private enum Column { case empty, booleans, integers, decimals, texts }

    static func rows(_ bytes: [UInt8], name: String) throws(TaskError) -> [(fields: JSONObject, line: Int)] {
        var rows: [(fields: JSONObject, line: Int)] = []
        do {
            try RecordFile(ArrayByteSource(bytes), format: .csv).forEach { record in
                if case .object(let object) = record.value { rows.append((object, record.line)) }
                return rows.count <= ItemFile.maximumItems
            }
        } catch let error as DatasetError {
            throw TaskError(.syntax, error.message, file: name, line: error.line)
        } catch {
            throw TaskError(.file, "\(error)", file: name)
        }
        for column in rows.first?.fields.keys ?? [] {
            var (kind, hasGaps) = (Column.empty, false)
            for row in rows {
                let text = row.fields[column]?.string ?? ""
                if missing.contains(text) { hasGaps = true } else { kind = join(kind, self.kind(text)) }
            }
            // A column of integers with gaps is one of decimal numbers to pandas; one of booleans with gaps keeps them.
            if hasGaps, kind == .integers { kind = .decimals }
            for index in rows.indices {
                rows[index].fields[column] = value(rows[index].fields[column]?.string ?? "", kind)
            }
        }
        return rows
    }

    private static func kind(_ text: String) -> Column {
        switch text {
        case "True", "False", "true", "false", "TRUE", "FALSE": return .booleans
        default: break
        }
        guard let first = text.utf8.first, (48...57).contains(first) || "+-.".utf8.contains(first),
            text.utf8.allSatisfy({ (48...57).contains($0) || ".eE+-".utf8.contains($0) }), Double(text) != nil
        else { return .texts }
        return Int64(text) == nil ? .decimals : .integers
    }

    private static func join(_ one: Column, _ other: Column) -> Column {
        switch (one, other) {
        case (.empty, let known): known
        case (.integers, .decimals), (.decimals, .integers): .decimals
        default: one == other ? one : .texts
        }
    }

    private static func value(_ text: String, _ kind: Column) -> JSONValue {
        if missing.contains(text) { return .null }
        switch kind {
        case .booleans: return .bool(text.utf8.first == UInt8(ascii: "T") || text.utf8.first == UInt8(ascii: "t"))
        case .integers: return Int64(text).map { .integer($0) } ?? .string(text)
        case .decimals: return Double(text).map { .number($0) } ?? .string(text)
        case .empty, .texts: return .string(text)
        }
    }
}
