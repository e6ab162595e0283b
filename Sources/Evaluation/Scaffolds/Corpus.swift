import AuditCrypto
import CanonicalEncoding

/// Documents to be searched, from JSON Lines with the members `id`, `title` and `text`.
package struct Corpus: Hashable, Sendable {
    package struct Document: Hashable, Sendable {
        package let id: String
        package let title: String
        package let text: String

        package init(id: String, title: String, text: String) { (self.id, self.title, self.text) = (id, title, text) }
    }

    /// In the order of their ids' bytes.
    package let documents: [Document]
    /// Of the file's bytes: what a record names the corpus by.
    package let digest: SHA256Digest

    package static let maximumBytes = 256 << 20
    package static let maximumDocuments = 1_000_000
    private static let maximumLine = 4 << 20

    /// - Throws: `CorpusError` with the line.
    package init(jsonLines bytes: [UInt8]) throws(CorpusError) {
        var documents: [Document] = []
        var ids: Set<ExactString> = []
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            guard documents.count < Self.maximumDocuments else {
                throw CorpusError("line \(number): more than \(Self.maximumDocuments) documents")
            }
            let document: Document
            do {
                let field = JSONField(
                    try StrictJSON.parse(Array(line), limits: JSONLimits(maxBytes: Self.maximumLine, maxDepth: 4, maxValues: 16)))
                try field.allow(only: ["id", "title", "text"])
                document = Document(
                    id: try field.field("id").string(maxBytes: 256), title: try field.optional("title")?.string(maxBytes: 1024) ?? "",
                    text: try field.field("text").string(maxBytes: Self.maximumLine))
            } catch {
                throw CorpusError("line \(number): \(error)")
            }
            guard !document.id.isEmpty, ids.insert(ExactString(document.id)).inserted else {
                throw CorpusError("line \(number): the document's id \"\(document.id.prefix(64))\" is empty or there already")
            }
            documents.append(document)
        }
        self.documents = documents.sorted { ExactString($0.id) < ExactString($1.id) }
        digest = SHA256Digest.of(bytes)
    }
}

/// Why a corpus cannot be read or searched.
package struct CorpusError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
