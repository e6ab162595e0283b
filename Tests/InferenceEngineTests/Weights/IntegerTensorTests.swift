import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// Tensors beside weights, of integers or in double precision, are looked at like others, and taken for no weights.
@Suite struct IntegerTensorTests {
    private func open(_ files: [(type: String, count: Int, bytes: [UInt8])]) throws -> OpenedWeights {
        let mapped = try files.map { file in
            let header = Array(#"{"a":{"dtype":"\#(file.type)","shape":[1,\#(file.count)],"data_offsets":[0,\#(file.bytes.count)]}}"#.utf8)
            let path = FileManager.default.temporaryDirectory.appending(path: "integers-\(UUID().uuidString)")
            try Data((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + file.bytes).write(to: path)
            defer { try? FileManager.default.removeItem(at: path) }
            return try MappedFile(path: path.path)
        }
        return try OpenedWeights(mapped, threads: 1)
    }

    /// −1, 2³¹ − 1 and 5 as little-endian words.
    private let words: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 5, 0, 0, 0]

    @Test func statistics() throws {
        for (type, minimum, maximum, mean) in [
            ("I32", -1.0, 2_147_483_647.0, 715_827_883.6666666), ("U32", 5, 4_294_967_295, 2_147_483_649),
        ] {
            let opened = try open([(type, 3, words)])
            let summary = try TensorSummary(#require(opened.tensor("a", in: 0)), in: opened.containers[0], bins: 2)
            #expect((summary.minimum, summary.maximum, summary.count) == (minimum, maximum, 3))
            #expect(abs(summary.mean - mean) < 1e-6 && summary.histogram.reduce(0, +) == 3)
        }
        // A range that double precision cannot say.
        let ends = [Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude].flatMap { value in
            (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
        }
        let opened = try open([("F64", 2, ends)])
        let summary = try TensorSummary(#require(opened.tensor("a", in: 0)), in: opened.containers[0], bins: 4)
        #expect(summary.maximum == .greatestFiniteMagnitude && summary.histogram.reduce(0, +) == 2)
    }

    @Test func values() throws {
        let opened = try open([("I32", 3, words)])
        let range = try StoredRange(1..<3, of: #require(opened.tensor("a", in: 0)), in: opened.containers[0])
        #expect(range.stored == [0x7fff_ffff, 5] && range.values == [0x1p31, 5] && range.scales.isEmpty)
        #expect(range.stored.compactMap { StoredValues.integer($0, type: .i32) } == ["2147483647", "5"])
        let long = try open([("I64", 1, [UInt8](repeating: 0xff, count: 8))])
        let error = try #require(throws: WeightError.self) {
            try StoredRange(0..<1, of: #require(long.tensor("a", in: 0)), in: long.containers[0])
        }
        #expect(error.code == .unsupportedTensorType)
    }

    @Test func differences() throws {
        // In single precision the two would be the same.
        var other = words
        other[4] = 0xfe
        let opened = try open([("I32", 3, words), ("I32", 3, other)])
        let (a, b) = (try #require(opened.tensor("a", in: 0)), try #require(opened.tensor("a", in: 1)))
        let found = try TensorDifference(from: a, to: b, in: opened, values: 1, seed: 0)
        #expect((found.differing, found.notFinite, found.largest, found.norm) == (1, 0, 1, 1))
        #expect(found.spectrum == nil && found.roundingFloor == 0)
        #expect(try TensorDifference(from: a, to: a, in: open([("I32", 3, words), ("I32", 3, words)]), values: 1, seed: 0).isIdentical)
        let error = #expect(throws: EngineError.self) { try opened.spectrum(of: a, count: 1, seed: 0) }
        #expect(error?.code == .invalidRequest)
    }
}
