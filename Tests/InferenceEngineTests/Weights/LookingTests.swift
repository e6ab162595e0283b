import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// Differences, raw numbers and metadata.
@Suite struct LookingTests {
    private func difference(_ a: WeightFile.Tensor, _ b: WeightFile.Tensor, values: Int = 0) throws -> TensorDifference {
        let opened = try WeightFile.open([[a], [b]])
        return try TensorDifference(
            from: #require(opened.tensor("a", in: 0)), to: #require(opened.tensor("a", in: 1)), in: opened, values: values, seed: 0)
    }

    private func tensor(_ shape: [Int], _ values: [Double], brain: Bool = false) -> WeightFile.Tensor {
        .init(name: "a", shape: shape, values: values.map { Float($0) }, isBrainFloat: brain)
    }

    @Test func figures() throws {
        // Δ = (0, 3, 0, −4): by hand max 4, norm 5; A·B = 1 + 4·7 + 1 + 2·(−2).
        let found = try difference(tensor([2, 2], [1, 4, -1, 2]), tensor([2, 2], [1, 7, -1, -2]), values: 2)
        #expect((found.count, found.differing, found.notFinite) == (4, 2, 0))
        #expect(found.largest == 4 && found.norm == 5 && !found.isIdentical)
        #expect(abs(found.firstNorm - 22.0.squareRoot()) < 1e-12 && abs(found.secondNorm - 55.0.squareRoot()) < 1e-12)
        #expect(abs(found.cosine - 26 / (22.0 * 55).squareRoot()) < 1e-12)
        // Δ's columns are 0 and (3, −4): one singular value, 5.
        let values = try #require(found.spectrum?.values)
        #expect(abs(values[0] - 5) < 1e-12 && abs(values[1]) < 1e-12)
    }

    @Test func sameAndNotFinite() throws {
        let values = WeightFile.normal(64, seed: 3).map { Double(WeightFile.brainFloat(Float($0))) }
        #expect(try difference(tensor([8, 8], values), tensor([8, 8], values)).isIdentical)
        // The same numbers in another type are no difference, but not the same bytes.
        let retyped = try difference(tensor([8, 8], values), tensor([8, 8], values, brain: true), values: 3)
        #expect(!retyped.isIdentical && retyped.differing == 0 && retyped.norm == 0 && retyped.roundingFloor > 0)
        #expect(retyped.spectrum?.values == [0, 0, 0])
        var broken = values
        (broken[5], broken[9]) = (.nan, .infinity)
        let found = try difference(tensor([8, 8], values), tensor([8, 8], broken), values: 3)
        #expect((found.notFinite, found.differing, found.norm) == (2, 2, 0))
        #expect(found.spectrum == nil)
        #expect(throws: EngineError.self) { try difference(tensor([8, 8], values), tensor([64], values)) }
        #expect(try difference(tensor([64], values), tensor([64], broken)).roundingFloor == 0)
    }

    /// What a merged adapter of rank four looks like: after rounding to bfloat16, four values stand above what rounding
    /// alone gives, and the fifth does not.
    @Test func mergedAdapter() throws {
        let (rows, columns, rank) = (256, 192, 4)
        let base = WeightFile.normal(rows * columns, seed: 11, deviation: 0.02)
        let (u, v) = (WeightFile.normal(rows * rank, seed: 12, deviation: 0.02), WeightFile.normal(rank * columns, seed: 13, deviation: 0.1))
        let merged = (0..<rows * columns).map { place in
            let (i, j) = (place / columns, place % columns)
            return Double(WeightFile.brainFloat(Float(base[place]))) + (0..<rank).reduce(0) { $0 + u[i * rank + $1] * v[$1 * columns + j] }
        }
        let found = try difference(tensor([rows, columns], base, brain: true), tensor([rows, columns], merged, brain: true), values: 12)
        let spectrum = try #require(found.spectrum)
        #expect(spectrum.values.filter { $0 > found.roundingFloor }.count == rank)
        #expect(spectrum.values[4] > 0.3 * found.roundingFloor)
        // Held against LAPACK on the difference of the rounded numbers.
        var dense = (0..<columns).flatMap { j in
            (0..<rows).map { i in
                Double(WeightFile.brainFloat(Float(merged[i * columns + j]))) - Double(WeightFile.brainFloat(Float(base[i * columns + j])))
            }
        }
        let all = try DenseMatrix.singularValues(&dense, rows: rows, columns: columns)
        for (one, other) in zip(spectrum.values.prefix(rank), all) { #expect(abs(one - other) < 1e-6 * all[0]) }
    }

    /// The stored integers and scales give the values by the formats' own formulas (`ggml-common.h`).
    @Test func quantisedNumbers() throws {
        let container = try WeightContainer.open(MappedFile(path: TokenFixtures.path("small-quantised.gguf")))
        var seen: Set<TensorType> = []
        for tensor in container.tensors {
            let range = try StoredRange(17..<90, of: tensor, in: container)
            #expect(range.from == 17 && range.stored.count == min(73, tensor.elementCount - 17) && range.values.count == range.stored.count)
            for (offset, stored) in range.stored.enumerated() {
                let common = range.scales.last { $0.start <= 17 + offset }?.scale
                let scale = common?.scale ?? 1, minimum = common?.minimum ?? 0
                let expected: Float =
                    switch tensor.type {
                    case .f32: Float(bitPattern: stored)
                    case .f16: Float(Float16(bitPattern: UInt16(stored)))
                    case .bf16: Float(bitPattern: stored << 16)
                    case .q8_0: Float(Int8(bitPattern: UInt8(stored))) * scale
                    case .q4_0: (Float(stored) - 8) * scale
                    case .q4_1: Float(stored) * scale + minimum
                    default: .nan
                    }
                #expect(range.values[offset] == expected)
            }
            seen.insert(tensor.type)
        }
        #expect(seen.count >= 3)
        let first = try #require(container.tensors.first)
        #expect(try StoredRange(first.elementCount..<first.elementCount + 5, of: first, in: container).values.isEmpty)
    }

    @Test func metadata() throws {
        let one = try WeightContainer.open(MappedFile(path: TokenFixtures.path("small-quantised.gguf")))
        let metadata = FileMetadata(one, other: one)
        #expect(metadata.entries.first { $0.key == "general.architecture" }?.values == ["llama"])
        #expect(metadata.tokens.count == 403)
        #expect(metadata.entries.contains { $0.isSameInOther == true } && !metadata.entries.contains { $0.isSameInOther == false })
        #expect(!metadata.entries.contains { $0.key == "tokenizer.ggml.tokens" })
        #expect(metadata.entries.allSatisfy { $0.values != nil || $0.type.hasPrefix("array of ") })
    }

    /// Against sums in the order of the elements.
    @Test func summary() throws {
        let values = WeightFile.normal(3000, seed: 21) + [.nan, .infinity, 0]
        let opened = try WeightFile.open([[tensor([3003], values)]])
        let summary = try TensorSummary(#require(opened.tensor("a", in: 0)), in: opened.containers[0], bins: 8)
        let finite = values.map { Double(Float($0)) }.filter(\.isFinite)
        let norm = finite.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(summary.norm - norm) < 1e-10 * norm)
        #expect((summary.nanCount, summary.infinityCount, summary.zeroCount) == (1, 1, 1))
        #expect(summary.histogram.reduce(0, +) == 3001)
    }

    /// Of a file of which only stretches are there, only tensors within them count as there, and no header that goes on.
    @Test func stretches() throws {
        let tensors = ["a", "b"].map { WeightFile.Tensor(name: $0, shape: [4], values: [1, 2, 3, 4]) }
        let file = try WeightFile.mapped(tensors)
        let whole = try OpenedWeights([file], threads: 1), header = whole.containers[0].dataOffset
        let (a, b) = (try #require(whole.tensor("a", in: 0)), try #require(whole.tensor("b", in: 0)))
        #expect(whole.isPresent(a, in: 0) && whole.isPresent(b, in: 0))
        let part = try OpenedWeights([file], present: [[0..<header, header + 16..<header + 20, header + 20..<header + 32]], threads: 1)
        #expect(!part.isPresent(a, in: 0) && part.isPresent(b, in: 0))
        for missing in [[0..<header - 1], [1..<file.count], []] {
            let error = #expect(throws: WeightError.self) { try OpenedWeights([file], present: [missing], threads: 1) }
            #expect(error?.code == .truncated)
        }
    }
}
