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
    ///   - clusterField, domainField: the fields for clusters and domains; what is no string there and no integer is none.
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
                schema.learn(fields)
                guard allHaveIDs else { continue }
                allHaveIDs = Self.name(fields["id"]).map { ids.insert(ExactString($0)).inserted } ?? false
            }
        }
        self.schema = schema
        fieldNames = schema.names
        hasOwnIDs = allHaveIDs
    }

    /// - Parameter index: 0..<count.
    package func item(_ index: Int) throws(TaskError) -> EvaluationItem {
        let part = (starts.lastIndex { $0 <= index }) ?? 0
        let lines = parts[part], row = index - starts[part]
        let raw = try lines.fields(row)
        let canonical: [UInt8]
        do {
            canonical = try CanonicalJSON.encode(.object(raw), numbers: .any)
        } catch {
            throw TaskError(.syntax, "\(error.message)", file: lines.name, line: lines.line(row))
        }
        return EvaluationItem(
            id: hasOwnIDs ? Self.name(raw["id"]) ?? String(index) : String(index), index: index, domain: Self.name(raw[domainField]),
            cluster: Self.name(raw[clusterField]), fields: schema.conform(raw), file: lines.name, line: lines.line(row),
            digest: SHA256Digest.of(canonical))
    }

    /// All of them, for files that are small.
    package func items() throws(TaskError) -> [EvaluationItem] {
        var items: [EvaluationItem] = []
        items.reserveCapacity(count)
        for index in 0..<count { items.append(try item(index)) }
        return items
    }

    private static func name(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text) where (1...256).contains(text.utf8.count): text
        case .integer(let integer): String(integer)
        default: nil
        }
    }
}
