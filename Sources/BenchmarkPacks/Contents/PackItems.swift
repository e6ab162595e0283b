import AuditCrypto
import CanonicalEncoding
import DatasetFormats

/// One item of a split, as far as a pack looks at it.
package struct PackItem: Sendable {
    /// The field `id`; nil where the items have none.
    package let id: String?
    /// From 1.
    package let line: Int
    package let fields: JSONObject

    package init(id: String?, line: Int, fields: JSONObject) { (self.id, self.line, self.fields) = (id, line, fields) }

    /// SHA-256 of the item in canonical JSON (RFC 8785): a CSV row is an object of texts.
    package func digest() throws(PackError) -> SHA256Digest {
        do { return SHA256Digest.of(try CanonicalJSON.encode(.object(fields), numbers: .any)) } catch {
            throw PackError(.badItems, "\(error.message)", line: line)
        }
    }
}

/// The items of a JSON Lines or CSV file, read one by one: no more of a file than one item is in memory.
package enum PackItems {
    static let limits = RecordLimits(maxRowBytes: 4 << 20, maxFields: 65_536, maxDepth: 32)

    /// - Parameters:
    ///   - path: its ending says how it is written; also for messages.
    ///   - body: takes each item; what it throws ends the reading.
    package static func forEach(
        of source: any ByteSource, path: String, _ body: (PackItem) throws(PackError) -> Void
    ) throws(PackError) {
        guard let format = RecordFormat(path: path) else {
            throw PackError(.badItems, "a file of items ends in .jsonl, .ndjson or .csv", file: path)
        }
        try forEach(open(source), format, path, body)
    }

    /// Opens the existential.
    private static func open(_ source: any ByteSource) -> AnySource { AnySource(source: source) }

    private struct AnySource: ByteSource {
        let source: any ByteSource
        var count: Int { source.count }
        func read(at offset: Int, count: Int) throws -> [UInt8] { try source.read(at: offset, count: count) }
    }

    private static func forEach(
        _ source: AnySource, _ format: RecordFormat, _ path: String, _ body: (PackItem) throws(PackError) -> Void
    ) throws(PackError) {
        do {
            try RecordFile(source, format: format, limits: limits).forEach { record in
                guard case .object(let fields) = record.value else {
                    throw PackError(.badItems, "an item is a JSON object, not \(record.value.kind)", file: path, line: record.line)
                }
                let id: String? =
                    switch fields["id"] {
                    case .string(let text): text
                    case .integer(let number): String(number)
                    default: nil
                    }
                do throws(PackError) { try body(PackItem(id: id, line: record.line, fields: fields)) } catch {
                    throw PackError(error.code, error.message, file: error.file ?? path, line: error.line)
                }
                return true
            }
        } catch let error as PackError { throw error } catch let error as DatasetError {
            throw PackError(.badItems, error.message, file: path, line: error.line)
        } catch {
            throw PackError(.unreadable, "\(error)", file: path)
        }
    }
}
