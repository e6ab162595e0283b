import Foundation
import InferenceEngine
import Testing

/// The element-wise kernels against the C library in double precision.
@Suite struct KernelTests {
    static let lengths = [1, 2, 7, 8, 9, 15, 16, 31, 64, 100]

    static func values(_ count: Int, scale: Float = 4) -> [Float] {
        var random = RandomSource(seed: UInt64(count))
        return (0..<count).map { _ in (Float(random.unit()) - 0.5) * 2 * scale }
    }

    @Test(arguments: lengths) func normalise(count: Int) {
        let (x, gain) = (Self.values(count), Self.values(count + 1))
        var found = [Float](repeating: -1, count: count + 1)
        Kernels.normalise(x, gain: gain, epsilon: 1e-5, count: count, into: &found)
        let mean = x.reduce(0) { $0 + Double($1) * Double($1) } / Double(count)
        for index in 0..<count {
            let expected = Double(x[index]) / (mean + 1e-5).squareRoot() * Double(gain[index])
            #expect(abs(Double(found[index]) - expected) <= 1e-6 * max(1, abs(expected)))
        }
        #expect(found[count] == -1, "it wrote past its end")
    }

    @Test(arguments: [2, 4, 8, 10, 14, 16, 64]) func rotate(count: Int) {
        let x = Self.values(count)
        let angles = (0..<(count / 2)).map { Double($0) * 0.7 + 0.1 }
        var found = x
        Kernels.rotate(
            &found, cosines: angles.flatMap { [Float(cos($0)), Float(cos($0))] },
            sines: angles.flatMap { [Float(-sin($0)), Float(sin($0))] }, count: count)
        for (pair, angle) in angles.enumerated() {
            let (a, b) = (Double(x[2 * pair]), Double(x[2 * pair + 1]))
            #expect(abs(Double(found[2 * pair]) - (a * cos(angle) - b * sin(angle))) < 2e-6)
            #expect(abs(Double(found[2 * pair + 1]) - (a * sin(angle) + b * cos(angle))) < 2e-6)
        }
    }

    @Test(arguments: [1, 2, 4, 7, 8, 9, 16, 33]) func rotateHalves(half: Int) {
        let x = Self.values(2 * half)
        let angles = (0..<half).map { Double($0) * 0.7 + 0.1 }
        var found = x
        Kernels.rotateHalves(&found, cosines: angles.map { Float(cos($0)) }, sines: angles.map { Float(sin($0)) }, half: half)
        for (pair, angle) in angles.enumerated() {
            let (a, b) = (Double(x[pair]), Double(x[half + pair]))
            #expect(abs(Double(found[pair]) - (a * cos(angle) - b * sin(angle))) < 2e-6)
            #expect(abs(Double(found[half + pair]) - (a * sin(angle) + b * cos(angle))) < 2e-6)
        }
    }

    @Test(arguments: lengths) func add(count: Int) {
        let (x, start) = (Self.values(count), Self.values(count + 1))
        var found = start
        Kernels.add(x, times: 0.5, to: &found, count: count)
        for index in 0..<count { #expect(found[index] == start[index] + x[index] * 0.5) }
        #expect(found[count] == start[count])
    }
}
