import BulkCrypto
import CanonicalEncoding
import ContentStore
import DatasetFormats

/// A dataset in figures: its rows, their fields, how long texts are, what is missing or there twice.
package struct DatasetSummary: Sendable {
    /// A field of the rows' objects, or all rows where they are no objects.
    private struct Field {
        var count = 0
        var types: [String: Int] = [:]
        var empty = 0
        /// How many strings have each length, in characters (Unicode scalars).
        var lengths: [Int: Int] = [:]
    }

    private static let maximumFields = 256
    private static let shares: [(name: String, share: Double)] = [
        ("minimum", 0), ("p5", 0.05), ("p25", 0.25), ("median", 0.5), ("p75", 0.75), ("p95", 0.95), ("maximum", 1),
    ]

    private var rows = 0
    private var bytes = 0
    private var names: [String] = []
    private var fields: [ExactString: Field] = [:]
    private var otherFields = 0
    private var rowLengths: [Int: Int] = [:]
    private var seen: Set<Digest> = []
    private var duplicates = 0

    /// The first half of a SHA-256.
    private struct Digest: Hashable {
        let high: UInt64
        let low: UInt64

        init(of text: String) {
            var hasher = BulkSHA256()
            hasher.update(Array(text.utf8))
            let bytes = hasher.finalize()
            func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
            (high, low) = (word(0), word(8))
        }
    }

    package static func view(_ memory: SealedMemory, named name: String) throws -> JSONValue {
        try view(of: RecordFile(MemoryBytes(memory), format: RecordFormat(path: name) ?? .jsonLines))
    }

    /// Reads the whole file once. Memory grows with the number of different rows, 16 bytes each.
    package static func view(of file: RecordFile<some ByteSource>) throws -> JSONValue {
        var summary = DatasetSummary()
        try file.forEach { record in
            summary.take(record)
            return true
        }
        return summary.view(bytes: file.source.count, format: file.format)
    }

    private mutating func take(_ record: Record) {
        rows += 1
        bytes += record.text.utf8.count
        rowLengths[record.text.utf8.count, default: 0] += 1
        if !seen.insert(Digest(of: record.text)).inserted { duplicates += 1 }
        guard let object = record.value.object else {
            note("(whole row)", record.value)
            return
        }
        for (name, value) in object.members { note(name, value) }
    }

    private mutating func note(_ name: String, _ value: JSONValue) {
        let key = ExactString(name)
        if fields[key] == nil {
            guard names.count < Self.maximumFields else {
                otherFields += 1
                return
            }
            names.append(name)
        }
        fields[key, default: Field()].count += 1
        fields[key]?.types[Self.type(value), default: 0] += 1
        if case .string(let text) = value {
            if text.isEmpty { fields[key]?.empty += 1 }
            fields[key]?.lengths[text.unicodeScalars.count, default: 0] += 1
        }
    }

    private static func type(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    private func view(bytes size: Int, format: RecordFormat) -> JSONValue {
        [
            "format": .string(format.rawValue), "rows": .integer(Int64(rows)), "bytes": .integer(Int64(size)),
            "duplicateRows": .integer(Int64(duplicates)), "rowBytes": Self.quantiles(of: rowLengths),
            "otherFields": .integer(Int64(otherFields)),
            "fields": .array(
                names.map { name in
                    let field = fields[ExactString(name)] ?? Field()
                    var types: JSONObject = [:]
                    for (type, count) in field.types.sorted(by: { $0.key < $1.key }) { types[type] = .integer(Int64(count)) }
                    return [
                        "name": .string(VisibleText.line(name, limit: 128)), "types": .object(types),
                        "missing": .integer(Int64(rows - field.count)), "empty": .integer(Int64(field.empty)),
                        "characters": field.lengths.isEmpty ? .null : Self.quantiles(of: field.lengths),
                    ]
                }),
        ]
    }

    /// The least value that at least that share of all does not exceed (Hyndman and Fan 1996, type 1).
    private static func quantiles(of counts: [Int: Int]) -> JSONValue {
        let sorted = counts.sorted { $0.key < $1.key }, total = counts.values.reduce(0, +)
        var object: JSONObject = [:]
        for (name, share) in shares {
            let rank = max(1, Int((share * Double(total)).rounded(.up)))
            var below = 0
            let value = sorted.first { entry in
                below += entry.value
                return below >= rank
            }
            object[name] = .integer(Int64(value?.key ?? 0))
        }
        return .object(object)
    }
}
