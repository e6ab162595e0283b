import AuditCrypto
import CanonicalEncoding
import Evaluation
import GRDB

/// A corpus to be searched: SQLite's full-text index (FTS5) ranked by BM25 (Robertson and Zaragoza 2009).
///
/// Results depend on corpus and query alone: equal scores are in the order of document ids and passages.
package final class RetrievalIndex: Sendable {
    /// A passage that was found.
    package struct Hit: Hashable, Sendable {
        package let document: String
        package let title: String
        /// The passage's place in its document, from 0.
        package let passage: Int
        package let text: String
        /// Larger is better. SQLite's `bm25` with its sign turned.
        package let score: Double
    }

    package let corpusDigest: SHA256Digest
    private let database: DatabaseQueue

    /// What an index is made with; another value of it is another index.
    private static let version = "assay-retrieval-v1"
    /// Words of a query that count; what follows them is passed over.
    package static let maximumWords = 32
    private static let longestWord = 64

    /// - Parameters:
    ///   - path: a database file to make or, where it holds this corpus already, to use; nil for one in memory.
    /// - Throws: `CorpusError` where the file holds something else or SQLite has no FTS5; what SQLite says.
    package init(_ corpus: Corpus, path: String? = nil, passageBytes: Int = 1200) throws {
        database = try path.map { try DatabaseQueue(path: $0) } ?? DatabaseQueue()
        corpusDigest = corpus.digest
        let name = "\(Self.version) \(passageBytes) \(corpus.digest.hex)"
        try database.write { database in
            guard try Bool.fetchOne(database, sql: "SELECT sqlite_compileoption_used('ENABLE_FTS5')") == true else {
                throw CorpusError("this SQLite was built without FTS5: install the distribution's libsqlite3")
            }
            if try database.tableExists("corpus") {
                guard try String.fetchOne(database, sql: "SELECT name FROM corpus") == name else {
                    throw CorpusError("\(path ?? "the index") is of another corpus: name another file, or remove it")
                }
                return
            }
            guard try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0 else {
                throw CorpusError("\(path ?? "the index") is a database of something else: name another file")
            }
            try database.execute(
                sql: """
                    CREATE TABLE corpus (name TEXT NOT NULL) STRICT;
                    CREATE VIRTUAL TABLE passages USING fts5(
                        title, body, document UNINDEXED, passage UNINDEXED, tokenize = 'unicode61 remove_diacritics 2');
                    """)
            let insert = try database.makeStatement(sql: "INSERT INTO passages (title, body, document, passage) VALUES (?, ?, ?, ?)")
            for document in corpus.documents {
                for (number, text) in Passages.split(document.text, maximumBytes: passageBytes).enumerated() {
                    try insert.execute(arguments: [document.title, text, document.id, number])
                }
            }
            try database.execute(sql: "INSERT INTO corpus VALUES (?)", arguments: [name])
        }
    }

    /// The best passages for a query.
    ///
    /// A query is words, each of which may be in a passage. FTS5's own language is not spoken: words are quoted, and
    /// everything else is passed over.
    ///
    /// - Parameter limit: how many, 1 to 100.
    package func search(_ query: String, limit: Int = 5) throws -> [Hit] {
        let words = Self.words(of: query)
        guard !words.isEmpty else { return [] }
        let expression = words.map { "\"\($0)\"" }.joined(separator: " OR ")
        return try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT document, title, passage, body, bm25(passages, 2.0, 1.0) AS rank FROM passages
                    WHERE passages MATCH ? ORDER BY bm25(passages, 2.0, 1.0), document, passage LIMIT ?
                    """, arguments: [expression, min(max(1, limit), 100)]
            ).map { row in
                Hit(document: row["document"], title: row["title"], passage: row["passage"], text: row["body"], score: -(row["rank"] as Double))
            }
        }
    }

    /// Runs of letters, marks and digits, the first so many, each once.
    static func words(of query: String) -> [String] {
        var words: [String] = []
        var seen: Set<String> = []
        var word = String.UnicodeScalarView()
        func end() {
            let text = String(word).lowercased()
            if !word.isEmpty, words.count < maximumWords, seen.insert(text).inserted { words.append(text) }
            word.removeAll()
        }
        for scalar in query.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark,
                .decimalNumber, .letterNumber, .otherNumber:
                if word.count < longestWord { word.append(scalar) }
            default: end()
            }
            if words.count == maximumWords { return words }
        }
        end()
        return words
    }
}

extension RetrievalIndex.Hit {
    /// As a model reads it.
    package var prose: String { "[\(document)#\(passage)] \(title.isEmpty ? "" : "\(title): ")\(text)" }
}
