import CanonicalEncoding
import ContentStore
import DatasetFormats

/// Rows of a dataset that hold a piece of text.
package enum RecordSearch {
    /// Counts all rows that hold `pattern` in their text, or in a string of theirs once its escapes are read, and shows the
    /// first of them.
    ///
    /// - Parameters:
    ///   - ignoresCase: compares in lower case, by Unicode's mapping.
    ///   - count: how many are shown, 0 for none.
    package static func view(
        _ memory: SealedMemory, named name: String, pattern: String, ignoresCase: Bool, count: Int
    ) throws -> JSONValue {
        try view(
            of: RecordFile(MemoryBytes(memory), format: RecordFormat(path: name) ?? .jsonLines), pattern: pattern,
            ignoresCase: ignoresCase, count: count)
    }

    package static func view(
        of file: RecordFile<some ByteSource>, pattern: String, ignoresCase: Bool, count: Int
    ) throws -> JSONValue {
        let wanted = Array((ignoresCase ? pattern.lowercased() : pattern).utf8)
        func holds(_ text: String) -> Bool { contains(ignoresCase ? Array(text.lowercased().utf8) : Array(text.utf8), wanted) }
        var (total, matches) = (0, 0)
        var rows: [Record] = []
        try file.forEach { record in
            total += 1
            // Without a backslash the strings of a JSON row stand in its text as they are.
            let isPlain = !record.text.utf8.contains(UInt8(ascii: "\\")) && file.format == .jsonLines
            guard holds(record.text) || (!isPlain && anyString(in: record.value, holds)) else { return true }
            matches += 1
            if rows.count < count { rows.append(record) }
            return true
        }
        return [
            "total": .integer(Int64(total)), "matches": .integer(Int64(matches)), "ignoresCase": .bool(ignoresCase),
            "rows": RecordPages.rows(rows),
        ]
    }

    private static func anyString(in value: JSONValue, _ holds: (String) -> Bool) -> Bool {
        switch value {
        case .string(let text): holds(text)
        case .array(let elements): elements.contains { anyString(in: $0, holds) }
        case .object(let object): object.members.contains { holds($0.key) || anyString(in: $0.value, holds) }
        default: false
        }
    }

    private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        var start = 0
        while start + wanted.count <= bytes.count, let found = bytes[start...(bytes.count - wanted.count)].firstIndex(of: first) {
            if bytes[found..<found + wanted.count].elementsEqual(wanted) { return true }
            start = found + 1
        }
        return false
    }
}
