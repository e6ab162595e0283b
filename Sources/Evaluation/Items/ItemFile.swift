import AuditCrypto
import CanonicalEncoding

/// The items of one split, in the order of their files. Memory holds the files' bytes and each item's place in them; an
/// item is read when it is asked for.
package struct ItemFile: Sendable {
    /// What may be read.
    package static let maximumBytes = 1 << 30
    package static let maximumItems = 10_000_000
    package static let maximumLineBytes = 4 << 20

    /// A file with the SHA-256 of its bytes, as `sha256sum` prints it.
    package struct Source: Hashable, Sendable {
        package let name: String
        package let digest: SHA256Digest
    }

    package let sources: [Source]
    /// The names of all items' fields, in order of first appearance.
    package let fieldNames: [String]
    private let parts: [ItemLines]
    private let schema: ItemSchema
    private let clusterField: String
    private let domainField: String
    private let hasOwnIDs: Bool

    /// Where the parts begin, by the items' numbers.
    private let starts: [Int]
    package let count: Int

    package var digest: SHA256Digest { sources[0].digest }

    /// Reads JSON Lines.
    package init(jsonLines bytes: [UInt8], file: String) throws(TaskError) {
        try self.init([(file, bytes)])
    }

    /// Reads a split's files, each by the end of its name: `.csv`, `.json`, and JSON Lines for all others.
    ///
    /// Every line is read once, so that a fault is found here. A field that is missing in some items is null there, and a
    /// column in which integers and decimal numbers are mixed is one of decimal numbers, as in the harness' library.
    /// - Parameters:
    ///   - member: where a JSON file has its list; nil for the file itself.
    ///   - clusterField, domainField: the fields for clusters and domains; empty for none. Nothing, null and an empty string there
    ///     are no cluster; what else is no name is refused, because an item that is left out of its cluster makes intervals too narrow.
    /// - Throws: `TaskError` with the file and line.
    package init(
        _ files: [(name: String, bytes: [UInt8])], member: String? = nil, clusterField: String = "cluster", domainField: String = "domain"
    ) throws(TaskError) {
        var parts: [ItemLines] = []
        var sources: [Source] = []
        for (name, bytes) in files {
            sources.append(Source(name: name, digest: SHA256Digest.of(bytes)))
            parts.append(try ItemLines(bytes, name: name, member: member))
        }
        self.sources = sources
        self.parts = parts
        self.clusterField = clusterField
        self.domainField = domainField
        var starts: [Int] = []
        var count = 0
        for part in parts {
            starts.append(count)
            count += part.count
        }
        self.starts = starts
        self.count = count
        guard count > 0, let first = files.first else {
            throw TaskError(.invalid, "the file holds no items", file: files.first?.name ?? "")
        }
        guard count <= Self.maximumItems else {
            throw TaskError(.limit, "\(count) items; at most \(Self.maximumItems) are read", file: first.name)
        }

        var schema = ItemSchema()
        var ids: Set<ExactString> = []
        var allHaveIDs = true
        for part in parts {
            for row in 0..<part.count {
                let fields = try part.fields(row)
                guard schema.learn(fields) else {
                    throw TaskError(
                        .limit, "\(part.place(row))with this item there are more than \(ItemSchema.maximumFields) names of fields, and every item has each of them",
                        file: part.name, line: part.line(row))
                }
                for field in [clusterField, domainField] { _ = try Self.group(fields, field, part, row) }
                guard allHaveIDs else { continue }
                allHaveIDs = Self.name(fields["id"]).map { ids.insert(ExactString($0)).inserted } ?? false
            }
        }
        self.schema = schema
        fieldNames = schema.names
        hasOwnIDs = allHaveIDs
    }

    private func place(_ index: Int) -> (lines: ItemLines, row: Int) {
        let part = (starts.lastIndex { $0 <= index }) ?? 0
        return (parts[part], index - starts[part])
    }

    /// An item's fields, where its digest is not wanted.
    /// - Parameter index: 0..<count.
    package func fields(_ index: Int) throws(TaskError) -> JSONObject {
        let (lines, row) = place(index)
        return schema.conform(try lines.fields(row))
    }

    package func id(_ index: Int) throws(TaskError) -> String {
        guard hasOwnIDs else { return String(index) }
        let (lines, row) = place(index)
        return Self.name(try lines.fields(row)["id"]) ?? String(index)
    }

    package func cluster(_ index: Int) throws(TaskError) -> String? {
        let (lines, row) = place(index)
        return try Self.group(lines.fields(row), clusterField, lines, row)
    }

    /// - Parameter index: 0..<count.
    package func item(_ index: Int) throws(TaskError) -> EvaluationItem {
        let (lines, row) = place(index)
        let raw = try lines.fields(row)
        let canonical: [UInt8]
        do {
            canonical = try CanonicalJSON.encode(.object(raw), numbers: .any)
        } catch {
            throw TaskError(.syntax, "\(error.message)", file: lines.name, line: lines.line(row))
        }
        return EvaluationItem(
            id: hasOwnIDs ? Self.name(raw["id"]) ?? String(index) : String(index), index: index, domain: try Self.group(raw, domainField, lines, row),
            cluster: try Self.group(raw, clusterField, lines, row), fields: schema.conform(raw), file: lines.name, line: lines.line(row),
            digest: SHA256Digest.of(canonical))
    }

    /// All of them, for files that are small.
    package func items() throws(TaskError) -> [EvaluationItem] {
        var items: [EvaluationItem] = []
        items.reserveCapacity(count)
        for index in 0..<count { items.append(try item(index)) }
        return items
    }

    private static let longestName = 256

    /// The cluster or the domain that an item names; nil where it names none.
    private static func group(_ item: JSONObject, _ field: String, _ lines: ItemLines, _ row: Int) throws(TaskError) -> String? {
        guard !field.isEmpty, let value = item[field] else { return nil }
        func failure(_ code: TaskError.Code, _ message: String) -> TaskError {
            TaskError(
                code, "\(lines.place(row))the field \"\(field.prefix(64))\", which says what the item belongs to, \(message); metadata.cluster_field "
                    + "and metadata.domain_field of the task file name other fields, or, as \"\", none", file: lines.name, line: lines.line(row))
        }
        switch value {
        case .null, .string(""): return nil
        // A column of integers with gaps is one of decimal numbers (in CSV files).
        case .number(let number) where Int64(exactly: number) != nil: return Int64(exactly: number).map { String($0) }
        case .string(let text) where text.utf8.count > longestName:
            throw failure(.limit, "has \(text.utf8.count) bytes, and a name at most \(longestName)")
        case .string, .integer: return name(value)
        default: throw failure(.invalid, "holds \(value.kind), and a name is a string or an integer")
        }
    }

    private static func name(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text) where (1...longestName).contains(text.utf8.count): text
        case .integer(let integer): String(integer)
        default: nil
        }
    }
}
