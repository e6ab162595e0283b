import AuditCrypto
import Evaluation
import EvaluationSuites
import Glibc
import Testing

enum Documents {
    static let lines = """
        {"id":"b","title":"Rivers","text":"The Nile is long. The Amazon carries more water than any other river."}
        {"id":"a","title":"Mountains","text":"Everest is the highest mountain above the sea. Mauna Kea is higher from its foot."}
        {"id":"c","title":"The Kestrel project","text":"The project's code word is zephyr-nine. It was chosen in the spring."}
        {"id":"e","title":"Twins","text":"identical words here"}
        {"id":"d","title":"Twins","text":"identical words here"}
        """

    static func index(path: String? = nil) throws -> RetrievalIndex { try RetrievalIndex(Corpus(jsonLines: Array(lines.utf8)), path: path) }
}

@Suite("Retrieval") struct RetrievalTests {
    @Test("Finds passages by their words, best first") func search() throws {
        let index = try Documents.index()
        #expect(try index.search("Which river carries the most water?").first?.document == "b")
        #expect(try index.search("code word of the Kestrel project", limit: 1).map(\.document) == ["c"])
        #expect(try index.search("EVEREST", limit: 1).first?.text.hasPrefix("Everest is") == true)
        #expect(try index.search("nothing whatsoever matches").isEmpty)
        // Equal scores are in the order of ids.
        let twins = try index.search("identical")
        #expect(twins.map(\.document) == ["d", "e"] && twins[0].score == twins[1].score)
    }

    /// BM25 with k1 = 1.2 and b = 0.75 as SQLite's documentation of FTS5 states it, worked out by hand: five rows, one has the
    /// word once in its body, weights 2 for the title and 1 for the body.
    @Test("Scores are BM25's") func scores() throws {
        let hit = try #require(try Documents.index().search("zephyr", limit: 1).first)
        let idf = log((5 - 1 + 0.5) / (1 + 0.5))
        // Words of titles and bodies: Rivers 1 + 13, Mountains 1 + 15, Kestrel 3 + 14, Twins 1 + 3, twice.
        let average = Double(14 + 16 + 17 + 4 + 4) / 5
        let expected = idf * (1 * (1.2 + 1)) / (1 + 1.2 * (1 - 0.75 + 0.75 * 17 / average))
        #expect(abs(hit.score - expected) < 1e-9)
    }

    @Test("A query's words are words, whatever FTS5 would make of them", arguments: [
        "\"", "zephyr\" OR \"a", "zephyr*", "NEAR(zephyr nine, 2)", "title:zephyr", "zephyr AND NOT nine", "(zephyr", "^zephyr", "{title} : zephyr",
        "zephyr + nine", "-zephyr", "'; DROP TABLE passages; --", "\0zephyr", "zephyr\u{202E}", "*", "", "   ", String(repeating: "zephyr ", count: 10_000),
        String(repeating: "z", count: 100_000), "AND OR NOT NEAR",
    ])
    func hostileQueries(query: String) throws {
        let hits = try Documents.index().search(query)
        #expect(query.lowercased().contains("zephyr") == hits.contains { $0.document == "c" })
    }

    @Test("Malformed corpora are refused, with the line", arguments: [
        ("{}", "line 1"), ("{\"id\":\"a\",\"text\":\"b\"}\n{\"id\":\"a\",\"text\":\"c\"}", "line 2"), ("\n{\"id\":\"\",\"text\":\"b\"}", "line 2"), ("{\"id\":\"a\",\"text\":\"b\",\"url\":\"c\"}", "line 1"), ("nonsense", "line 1"),
        ("{\"id\":1,\"text\":\"b\"}", "line 1"),
    ])
    func malformed(text: String, place: String) {
        let error = #expect(throws: CorpusError.self) { try Corpus(jsonLines: Array(text.utf8)) }
        #expect(error?.description.contains(place) == true)
    }

    @Test("An index in a file is used again, and not for another corpus") func file() throws {
        let path = "/tmp/assay-retrieval-\(getpid()).sqlite"
        defer { for end in ["", "-journal", "-wal", "-shm"] { unlink(path + end) } }
        let hits = try Documents.index(path: path).search("water")
        #expect(try Documents.index(path: path).search("water") == hits)
        #expect(throws: CorpusError.self) { try RetrievalIndex(Corpus(jsonLines: Array("{\"id\":\"a\",\"text\":\"b\"}".utf8)), path: path) }
    }

    @Test("Passages are whole sentences where that goes, lose nothing, and are not too long") func passages() {
        let text = (0..<200).map { "Sentence number \($0) is here." }.joined(separator: " ")
        let passages = Passages.split(text, maximumBytes: 300)
        #expect(passages.allSatisfy { $0.utf8.count <= 300 && $0.hasSuffix(".") })
        #expect(passages.joined(separator: " ") == text)
        #expect(Passages.split("One.\n\nTwo is longer.\n\nThree.", maximumBytes: 24) == ["One.\n\nTwo is longer.", "Three."])
        let unbroken = Passages.split(String(repeating: "€", count: 100), maximumBytes: 32)
        #expect(unbroken.joined() == String(repeating: "€", count: 100) && unbroken.allSatisfy { $0.utf8.count <= 32 })
        #expect(Passages.split("").isEmpty && Passages.split(" \n ").isEmpty)
    }
}
