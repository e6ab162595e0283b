import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// The kernels of every level that this processor has: against the C library in double precision, and each level's bits
/// against the others'.
@Suite struct VectorKernelTests {
    static let levels = VectorKernels.Level.allCases.compactMap { VectorKernels($0) }
    static let lengths = [1, 2, 15, 16, 17, 31, 32, 48, 100]

    static func values(_ count: Int, scale: Float = 1, seed: UInt64 = 1) -> [Float] {
        var random = RandomSource(seed: seed &+ UInt64(count) &* 7919)
        return (0..<count).map { _ in (Float(random.unit()) - 0.5) * 2 * scale }
    }

    /// What every level writes, which must be one and the same.
    static func same(_ count: Int, _ body: (VectorKernels, UnsafeMutablePointer<Float>) -> Void) -> [Float] {
        let all = levels.map { kernels in
            var out = [Float](repeating: 7, count: count)
            out.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(kernels, base) } }
            return out
        }
        for (kernels, out) in zip(levels, all).dropFirst() {
            #expect(out.map(\.bitPattern) == all[0].map(\.bitPattern), "\(kernels.level) and \(levels[0].level)")
        }
        return all[0]
    }

    @Test func thereIsMoreThanOneLevelHere() {
        #if arch(x86_64)
            // Where there is AVX2 at all.
            #expect(Self.levels.count > 1 || VectorKernels.best.level == .portable)
        #endif
        #expect(Self.levels.last?.level == VectorKernels.best.level)
    }

    @Test(arguments: [(1, 1, 1), (1, 9, 16), (2, 5, 40), (3, 4, 17), (4, 8, 64), (5, 3, 33), (7, 13, 100), (13, 17, 15)])
    func product(rows: Int, columns: Int, inner: Int) {
        let (a, w) = (Self.values(rows * inner), Self.values(columns * inner, seed: 2))
        for adding in [false, true] {
            let found = Self.same(rows * (columns + 2)) { kernels, out in
                kernels.product(a, inner, rows: rows, w, inner, columns: columns, inner: inner, into: out, columns + 2, adding: adding)
            }
            for row in 0..<rows {
                for column in 0..<columns {
                    let expected = (0..<inner).reduce(adding ? 7.0 : 0) { $0 + Double(a[row * inner + $1]) * Double(w[column * inner + $1]) }
                    #expect(abs(Double(found[row * (columns + 2) + column]) - expected) < 2e-6 * Double(inner).squareRoot() + 1e-6)
                }
                #expect(found[row * (columns + 2) + columns] == 7, "it wrote past a row's end")
            }
        }
    }

    /// A row's bits are its own, whatever is computed beside it.
    @Test func aRowDoesNotDependOnTheOthers() {
        let (a, w) = (Self.values(32 * 100), Self.values(37 * 100, seed: 2))
        for kernels in Self.levels {
            var whole = [Float](repeating: 0, count: 32 * 37)
            kernels.product(a, 100, rows: 32, w, 100, columns: 37, inner: 100, into: &whole, 37)
            for (start, count) in [(0, 1), (5, 3), (31, 1), (10, 7)] {
                var part = [Float](repeating: 0, count: count * 37)
                a.withUnsafeBufferPointer { a in
                    guard let base = a.baseAddress else { return }
                    kernels.product(base + start * 100, 100, rows: count, w, 100, columns: 37, inner: 100, into: &part, 37)
                }
                #expect(part == Array(whole[(start * 37)..<((start + count) * 37)]))
            }
        }
    }

    @Test(arguments: [(1, 1, 1), (1, 16, 9), (2, 40, 5), (6, 64, 17), (7, 100, 13), (13, 15, 17)])
    func plain(rows: Int, columns: Int, inner: Int) {
        let (a, b) = (Self.values(rows * inner), Self.values(columns * inner, seed: 2))
        for adding in [false, true] {
            let found = Self.same(rows * columns) { kernels, out in
                kernels.plain(a, inner, rows: rows, b, columns, columns: columns, inner: inner, into: out, columns, adding: adding)
            }
            for row in 0..<rows {
                for column in 0..<columns {
                    let expected = (0..<inner).reduce(adding ? 7.0 : 0) { $0 + Double(a[row * inner + $1]) * Double(b[$1 * columns + column]) }
                    #expect(abs(Double(found[row * columns + column]) - expected) < 2e-6 * Double(inner).squareRoot() + 1e-6)
                }
            }
        }
    }

    @Test func exponentialsHoldTheirErrorBound() {
        let count = 400_000
        let x = (0..<count).map { -Float($0) * 87 / Float(count) }
        let found = Self.same(count) { kernels, out in
            out.update(from: x, count: count)
            _ = kernels.exponentials(out, count: count)
        }
        let largest = zip(x, found).map { abs(Double($1) / exp(Double($0)) - 1) }.max() ?? 1
        #expect(largest < 3e-7)
        #expect(found[0] == 1)
        let edges = Self.same(4) { kernels, out in
            out.update(from: [0, -.infinity, -1e9, -87.5], count: 4)
            _ = kernels.exponentials(out, count: 4)
        }
        #expect(edges == [1, 0, 0, 0])
    }

    @Test(arguments: lengths) func gates(count: Int) {
        let (x, up) = (Self.values(count, scale: 100), Self.values(count + 3, scale: 10))
        let activations: [(Activation, (Double, Double) -> Double)] = [
            (.silu, { $0 / (1 + exp(-$0)) * $1 }),
            (.geluTanh, { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) * $1 }),
            (.clamped(limit: 7), { min($0, 7) / (1 + exp(-1.702 * min($0, 7))) * (max(-7, min($1, 7)) + 1) }),
        ]
        for (activation, expected) in activations {
            let found = Self.same(count + 1) { kernels, out in
                out.update(from: x, count: count)
                kernels.gate(activation, out, up: up, count: count)
            }
            for index in 0..<count {
                let value = expected(Double(x[index]), Double(up[index]))
                #expect(abs(Double(found[index]) - value) <= 2e-6 * max(1, abs(value)), "\(activation) of \(x[index])")
            }
            #expect(found[count] == 7)
        }
    }

    @Test(arguments: lengths) func softcaps(count: Int) {
        let x = Self.values(count, scale: 200)
        let found = Self.same(count + 1) { kernels, out in
            out.update(from: x, count: count)
            kernels.softcap(out, count: count, cap: 50)
        }
        for index in 0..<count { #expect(abs(Double(found[index]) - 50 * tanh(Double(x[index]) / 50)) < 2e-5) }
        #expect(found[count] == 7)
    }

    @Test(arguments: lengths) func softmaxAndLogSumExp(count: Int) {
        let x = Self.values(count, scale: 20)
        let total = x.reduce(0) { $0 + exp(Double($1)) }
        let found = Self.same(count + 2) { kernels, out in
            out.update(from: x, count: count)
            out[count + 1] = kernels.exponentials(out, count: count)
            #expect(abs(kernels.logSumExp(x, count: count) - log(total)) < 1e-6)
        }
        for index in 0..<count {
            let expected = exp(Double(x[index])) / total
            // The difference from the largest, up to 40, is itself rounded.
            #expect(abs(Double(found[index] / found[count + 1]) - expected) <= 5e-6 * expected + 1e-30)
        }
        #expect(found[count] == 7)
    }

    @Test(arguments: lengths) func maximum(count: Int) {
        for kernels in Self.levels {
            for place in 0..<count {
                var x = Self.values(count)
                x[place] = 50
                if place + 1 < count { x[count - 1] = 50 }
                #expect(kernels.maximum(x, count: count) == 50)
                #expect(kernels.indexOfMaximum(x, count: count) == place)
                x[0] = .nan
                #expect(kernels.indexOfMaximum(x, count: count) == (place > 0 ? place : count > 1 ? count - 1 : 0))
            }
            let absent = [Float](repeating: .nan, count: count)
            #expect(kernels.indexOfMaximum(absent, count: count) == 0)
            #expect(!kernels.logSumExp(absent, count: count).isFinite)
        }
    }

    /// Random bytes, which hold every code and scales of every kind: the same bits as the formats' own definitions give.
    @Test(arguments: [TensorType.f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q4_k, .q6_k])
    func unpacksWhatIsStored(type: TensorType) throws {
        var random = RandomSource(seed: 5)
        let bytes = (0..<(300 * type.blockBytes)).map { _ in UInt8(truncatingIfNeeded: Int(random.unit() * 256)) }
        let count = 300 * type.blockElements
        var expected = [Float](repeating: 0, count: count)
        try bytes.withUnsafeBytes { bytes in
            try expected.withUnsafeMutableBufferPointer { try Dequantize.floats(bytes, type: type, into: $0) }
        }
        for kernels in Self.levels {
            var found = [Float](repeating: 7, count: count)
            #expect(kernels.unpack(bytes, type, count: count, into: &found))
            // NaNs may have other payloads.
            let differing = zip(found, expected).filter { $0.bitPattern != $1.bitPattern && !($0.isNaN && $1.isNaN) }
            #expect(differing.isEmpty, "\(kernels.level)")
        }
    }
}
