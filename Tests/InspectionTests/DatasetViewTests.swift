import CanonicalEncoding
import DatasetFormats
import Inspection
import Testing

@Suite struct DatasetViewTests {
    private func file(_ lines: [String], _ format: RecordFormat = .jsonLines) -> RecordFile<ArrayByteSource> {
        RecordFile(ArrayByteSource(lines.joined(separator: "\n") + "\n"), format: format)
    }

    private func numbers(_ view: JSONValue) -> [Int64] { (view["rows"]?.array ?? []).compactMap { $0["number"]?.integer } }

    @Test func search() throws {
        let rows = file([#"{"t":"Grüße"}"#, #"{"t":"gr\u00fc\u00dfe"}"#, #"{"t":"none"}"#, #"{"t":["deep",{"GRÜSS":1}]}"#])
        func found(_ pattern: String, ignoresCase: Bool = false, count: Int = 10) throws -> JSONValue {
            try RecordSearch.view(of: rows, pattern: pattern, ignoresCase: ignoresCase, count: count)
        }
        // Escapes are read; case matters unless it is told not to.
        #expect(try numbers(found("rüß")) == [0, 1])
        #expect(try numbers(found("GRÜ", ignoresCase: true)) == [0, 1, 3])
        #expect(try numbers(found("GRÜ")) == [3])
        // As it stands in the file, too; and the count goes on where rows are not shown.
        #expect(try numbers(found(#"\u00fc"#)) == [1])
        let counted = try found("t", count: 0)
        #expect(counted["matches"] == 4 && counted["total"] == 4 && counted["rows"] == [])
        #expect(try found("absent")["matches"] == 0)
        // A CSV field's doubled quote is one.
        let csv = file(["a,b", #""say ""hi""",2"#, "x,y"], .csv)
        #expect(try numbers(RecordSearch.view(of: csv, pattern: #"say "hi""#, ignoresCase: false, count: 5)) == [0])
    }

    @Test func sampleIsWithoutReplacementAndRepeatable() throws {
        let rows = file((0..<100).map { #"{"n":\#($0)}"# })
        let view = try RecordSample.view(of: rows, count: 10, seed: 7)
        #expect(numbers(view).count == 10 && Set(numbers(view)).count == 10 && numbers(view) == numbers(view).sorted())
        #expect(try RecordSample.view(of: rows, count: 10, seed: 7) == view)
        #expect(try RecordSample.view(of: rows, count: 10, seed: 8) != view)
        #expect(try numbers(RecordSample.view(of: rows, count: 1000, seed: 1)) == Array(0..<100))
        #expect(RecordSample.seed(of: "00000000000ff" + String(repeating: "a", count: 51)) == 255)
    }

    /// Each of ten rows is drawn in three tenths of all samples of three: within five standard deviations.
    @Test func sampleIsUniform() {
        var counts = [Int](repeating: 0, count: 10)
        let draws = 20_000
        for seed in 0..<draws { for place in RecordSample.places(3, of: 10, seed: UInt64(seed)) { counts[place] += 1 } }
        let deviation = (Double(draws) * 0.3 * 0.7).squareRoot()
        #expect(counts.allSatisfy { abs(Double($0) - 0.3 * Double(draws)) < 5 * deviation })
        #expect(counts.reduce(0, +) == 3 * draws)
    }

    @Test func figures() throws {
        let view = try DatasetSummary.view(
            of: file([#"{"q":"a","n":1}"#, #"{"q":"ab","n":1.5}"#, #"{"q":"a","n":1}"#, #"{"q":""}"#, #"{"n":null}"#]))
        #expect(view["rows"] == 5 && view["duplicateRows"] == 1 && view["bytes"] == .integer(16 + 19 + 16 + 9 + 11))
        let fields = view["fields"]?.array ?? []
        #expect(fields.compactMap { $0["name"]?.string } == ["q", "n"])
        #expect(fields[0]["missing"] == 1 && fields[0]["empty"] == 1 && fields[0]["types"] == ["string": 4])
        #expect(fields[1]["types"] == ["integer": 2, "null": 1, "number": 1] && fields[1]["characters"] == .null)
        // Lengths 0, 1, 1, 2.
        #expect(
            fields[0]["characters"] == ["minimum": 0, "p5": 0, "p25": 0, "median": 1, "p75": 1, "p95": 2, "maximum": 2])
    }

    @Test func curves() throws {
        var lines = (0..<1000).map { #"{"step":\#($0),"loss":\#(Double(1000 - $0) / 100),"lr":0.001}"# }
        lines[500] = #"{"step":500,"loss":99.5,"lr":0.001}"#
        lines[501] = #"{"step":501,"loss":NaN,"lr":0.001}"#
        let view = try TrainingCurves.view(of: TrainingLog(ArrayByteSource(lines.joined(separator: "\n")), format: .jsonLines), points: 20)
        let curves = view["curves"]?.array ?? []
        #expect(view["entries"] == 1000 && curves.compactMap { $0["name"]?.string } == ["loss", "learning rate"])
        #expect(curves[0]["notFinite"] == 1 && curves[0]["firstNotFinite"] == 501 && curves[0]["values"] == 999)
        let points = curves[0]["points"]?.array ?? []
        #expect(points.count <= 20 && points.contains([500, "99.5"]) && points.first == [0, "10.0"] && points.last == [999, "0.01"])
        let empty = try TrainingCurves.view(of: TrainingLog(ArrayByteSource(""), format: .jsonLines), points: 20)
        #expect(empty["curves"] == [] && empty["entries"] == 0)
    }

    @Test func transcripts() throws {
        let record = #"""
            {"v":2,"task":"t","id":"i","index":0,"itemSha256":"","seeds":[""],"target":1,"prompts":["a\nb\u001b[2J"],"promptSha256":"","outputs":[{"text":"yes\u202e","tokens":[1],"finish":"length","promptTokens":1}],"score":{"values":{"acc":1},"extracted":{"f":"x\u202e"}}}
            {"started":1,"engine":2,"shared":1}
            """#
        let view = try TranscriptPages.view([Array(record.utf8)], from: 4, total: 9)
        let row = try #require(view["rows"]?.array?.first)
        #expect(row["number"] == 4 && row["prompts"] == ["a\nb<U+001B>[2J"] && row["outputs"]?.array?.first?["text"] == "yes<U+202E>" && row["target"] == 1)
        #expect(row["score"] == ["values": ["acc": 1], "extracted": ["f": "x<U+202E>"]] && view["total"] == 9)
    }

    /// An agent's turns can be read, and move no cursor.
    @Test func agents() throws {
        let record = #"""
            {"v":2,"task":"t+agent","id":"i","index":0,"itemSha256":"","seeds":[""],"target":"1","prompts":["p"],"promptSha256":"","outputs":[{"text":"","tokens":[],"finish":"turn-limit","promptTokens":1}],"scaffold":{"kind":"agent","agents":[{"transcript":{"turns":[{"text":"```bash\ncat x\u001b[2J\n```","observation":"[exit 1]\n\u202eno","action":{"name":"bash","arguments":{"command":"cat"}}},{"text":"hm","observation":"Error: none","error":{"code":"no-action","message":"none"}}],"end":{"kind":"turn-limit"}},"commands":[{"turn":0,"outcome":"exited","number":1}],"refusals":[{"turn":0,"kind":"outside"}],"clocked":true}]}}
            {"started":1,"engine":2,"shared":1}
            """#
        let view = try TranscriptPages.view([Array(record.utf8)], from: 0, total: 1)
        let agent = try #require(view["rows"]?.array?.first?["agents"]?.array?.first), turns = try #require(agent["turns"]?.array)
        #expect(agent["end"] == "turn-limit" && agent["clocked"] == true && turns.count == 2)
        #expect(turns[0]["text"] == "```bash\ncat x<U+001B>[2J\n```" && turns[0]["observation"] == "[exit 1]\n<U+202E>no")
        #expect(turns[0]["action"] == "bash" && turns[0]["outcome"] == "exited 1" && turns[0]["refused"] == ["outside"])
        #expect(turns[1]["error"] == "no-action" && turns[1]["outcome"] == nil)
        let retrieved = #"{"v":2,"task":"t","id":"i","index":0,"target":"1","prompts":["p"],"scaffold":{"kind":"retrieval","passages":[{"document":"d\u001b","passage":2}]}}"#
        let row = try TranscriptPages.view([Array(retrieved.utf8)], from: 0, total: 1)["rows"]?.array?.first
        #expect(row?["retrieved"] == ["d<U+001B>#2"])
    }
}
