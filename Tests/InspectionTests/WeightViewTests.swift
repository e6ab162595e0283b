import CanonicalEncoding
import EngineProtocol
import Inspection
import Testing

@Suite struct WeightViewTests {
    private func tensor(_ name: String, _ shape: [Int], _ type: String = "F32") -> ModelInformation.Tensor {
        .init(name: name, type: type, shape: shape, byteCount: 0)
    }

    private func comparison(_ values: [Double]?, norm: Double = 1, floor: Double = 0, size: Int = 100) -> TensorComparison {
        .init(
            elementCount: size * size, isIdentical: false, differingCount: 1, notFiniteCount: 0, largest: 1, norm: norm, firstNorm: 2,
            secondNorm: 2, cosine: 0.5, roundingFloor: floor,
            spectrum: values.map { .init(rows: size, columns: size, values: $0, norm: norm, stableRank: 1, steps: 1, change: 0) })
    }

    @Test func tensorsAreHeldAgainstEachOther() {
        let comparison = WeightComparison(
            [tensor("a", [2]), tensor("b", [2, 3]), tensor("c", [4]), tensor("e\u{301}", [1])],
            [tensor("c", [4], "F16"), tensor("b", [3, 2]), tensor("d", [1]), tensor("\u{e9}", [1])])
        // Two spellings of one letter are two names.
        #expect(comparison.onlyInFirst.map(\.name) == ["a", "e\u{301}"] && comparison.onlyInSecond.map(\.name) == ["d", "\u{e9}"])
        #expect(comparison.reshaped.map(\.first.name) == ["b"] && comparison.comparable.map(\.second.type) == ["F16"])
        #expect(comparison.places == [[2, 0]])
    }

    @Test func rank() throws {
        // 3² + 4² of 5² + 1: two values above a thousandth of the first.
        let two = try #require(DeltaRank(comparison([4, 3, 1e-9], norm: 26.0.squareRoot()), tolerance: 1e-3))
        #expect(two.rank == 2 && !two.isLowerBound && abs(two.energy - 25 / 26) < 1e-12 && two.isLow(limit: 2) && !two.isLow(limit: 1))
        // All that were worked out are above: the rank may be anything from there.
        let more = try #require(DeltaRank(comparison([4, 3, 2]), tolerance: 1e-3))
        #expect(more.rank == 3 && more.isLowerBound && !more.isLow(limit: 10))
        // No more than rounding.
        let rounding = try #require(DeltaRank(comparison([1e-5, 9e-6], floor: 2e-5), tolerance: 1e-3))
        #expect(rounding.rank == 0 && rounding.isLow(limit: 1))
        // More than half of what so small a matrix can have is not low.
        #expect(try #require(DeltaRank(comparison([4, 3, 0], size: 3), tolerance: 1e-3)).isLow(limit: 2) == false)
        #expect(DeltaRank(comparison(nil), tolerance: 1e-3) == nil)
    }

    @Test func lowRankIsToldOnlyWhereNothingElseDiffers() {
        let names = [tensor("a", [100, 100]), tensor("b", [100, 100])]
        func holds(_ results: [TensorComparison], _ first: [ModelInformation.Tensor]? = nil) -> Bool? {
            WeightComparison(first ?? names, names).view(results, lowRank: .init(limit: 4, tolerance: 1e-3))["lowRank"]?["holds"]?.bool
        }
        var same = comparison(nil)
        same.isIdentical = true
        let low = comparison([4, 3, 1e-9, 0, 0])
        #expect(holds([low, same]) == true && holds([low, low]) == true)
        #expect(holds([same, same]) == false)
        #expect(holds([low, comparison(nil)]) == false)
        #expect(holds([low, comparison([4, 3, 2, 1, 1])]) == false)
        #expect(holds([low, same], names + [tensor("only", [1])]) == false)
    }

    @Test func rawNumbers() {
        let view = TensorNumbers.view(
            of: .init(
                type: "Q4_1", shape: [2, 32], from: 31, width: 4, stored: [15, 2], values: [0.75, -.infinity],
                scales: [.init(start: 0, scale: 1, minimum: -2), .init(start: 32, scale: 0x1p-24, minimum: nil)]),
            named: "w\u{1B}[2J")
        #expect(view["name"] == "w<U+001B>[2J" && view["total"] == 64)
        #expect(view["rows"]?.array?[0] == ["number": 31, "stored": "f", "value": "0.75"])
        #expect(view["rows"]?.array?[1]["value"] == "-inf")
        #expect(view["scales"]?.array?[0] == ["start": 0, "scale": "1.0", "minimum": "-2.0"])
        #expect(view["scales"]?.array?[1]["scale"] == "5.9604645e-08")
    }

    @Test func rawIntegers() {
        let view = TensorNumbers.view(
            of: .init(type: "I32", shape: [2], from: 0, width: 32, stored: [0x7fff_ffff, 0xffff_fffe], values: [0x1p31, -2], scales: []), named: "w")
        #expect(view["rows"]?.array?[0] == ["number": 0, "stored": "7fffffff", "value": "2147483647"])
        #expect(view["rows"]?.array?[1] == ["number": 1, "stored": "fffffffe", "value": "-2"])
    }

    @Test func architectureFromTheFile() {
        let metadata = WeightMetadata(
            entries: [
                .init(key: "general.architecture", type: "string", values: ["other"], isSameInOther: nil),
                .init(key: "other.block_count", type: "uint32", values: ["12"], isSameInOther: nil),
            ], chatTemplate: nil, tokens: ["61", "62"])
        let view = TensorTable.view(of: [tensor("a", [2, 3]), tensor("b", [4])], metadata: metadata)
        #expect(view["architecture"] == "other" && view["layers"] == 12 && view["vocabulary"] == 2 && view["parameters"] == 10)
        let plain = TensorTable.view(of: [tensor("a", [2])], metadata: .init(entries: [], chatTemplate: nil, tokens: []))
        #expect(plain["architecture"] == nil && plain["parameters"] == 2)
    }

    @Test func textsDiffer() throws {
        let empty = WeightMetadata(entries: [], chatTemplate: nil, tokens: [])
        func texts(_ config: String, _ vocab: String, _ template: String) throws -> ModelTexts {
            try ModelTexts(
                empty,
                files: [
                    ("config.json", Array(config.utf8)),
                    ("tokenizer.json", Array(#"{"model":{"vocab":\#(vocab),"merges":["a b"]},"version":"1"}"#.utf8)),
                    ("tokenizer_config.json", Array(#"{"chat_template":"\#(template)"}"#.utf8)),
                ])
        }
        let view = TextDifferences.view(
            try texts(#"{"b":1,"a":[true]}"#, #"{"x":0,"y":1,"z":2}"#, "one\\nlast"),
            try texts(#"{"a":[true],"b":1.5}"#, #"{"y":0,"x":1,"w\u001b":5}"#, "two\\u001b\\nlast"))
        let documents = view["documents"]?.array ?? []
        #expect(documents.compactMap { $0["name"]?.string } == ["config.json", "tokenizer.json", "tokenizer_config.json", "chat template"])
        #expect(documents[0]["hunks"]?.array?[0]["lines"] == ["   \"a\": [", "     true", "   ],", "-  \"b\": 1", "+  \"b\": 1.5", " }"])
        // The vocabulary stands apart; the file's other lines are the same.
        #expect(documents[1]["removed"] == 0 && documents[1]["added"] == 0)
        #expect(documents[3]["hunks"]?.array?[0]["lines"] == ["-one", "+two<U+001B>", " last"])
        #expect(view["lists"] == ["tokenizer.json model.vocab"])
        let vocabulary = view["vocabulary"]
        #expect(vocabulary?["removed"] == 1 && vocabulary?["added"] == 1 && vocabulary?["moved"] == 2)
        #expect(vocabulary?["addedExamples"] == [["id": 5, "token": "w<U+001B>"]])
        #expect(vocabulary?["movedExamples"]?.array?.first == ["token": "x", "from": 0, "to": 1])
    }
}
