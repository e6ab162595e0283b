/// The element-wise parts of a transformer, over rows of floats. All sums run in one fixed order, eight lanes wide;
/// only additions, products, divisions and square roots, which IEEE 754 rounds in one way on every processor.
package enum Kernels {
    package typealias Lanes = SIMD8<Float>
    private static let width = Lanes.scalarCount

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>) -> Lanes {
        UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    private static func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Lanes.self)
    }

    /// The last elements of a row that does not end on a whole group of lanes, the other lanes `filler`.
    @inline(__always)
    private static func loadTail(_ pointer: UnsafePointer<Float>, _ count: Int, filler: Float) -> Lanes {
        var lanes = Lanes(repeating: filler)
        for lane in 0..<count { lanes[lane] = pointer[lane] }
        return lanes
    }

    @inline(__always)
    private static func storeTail(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
        for lane in 0..<count { pointer[lane] = value[lane] }
    }

    /// output = input / √(mean(input²) + epsilon) · gain (Zhang and Sennrich 2019, equation 4).
    package static func normalise(
        _ input: UnsafePointer<Float>, gain: UnsafePointer<Float>, epsilon: Float, count: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        var sums = Lanes.zero
        var index = 0
        while index &+ width <= count {
            let x = load(input + index)
            sums += x * x
            index &+= width
        }
        let rest = count &- index
        let tail = loadTail(input + index, rest, filler: 0)
        sums += tail * tail
        let scale = 1 / (sums.sum() / Float(count) + epsilon).squareRoot()
        index = 0
        while index &+ width <= count {
            store(load(input + index) * scale * load(gain + index), output + index)
            index &+= width
        }
        storeTail(tail * scale * loadTail(gain + index, rest, filler: 0), output + index, rest)
    }

    /// row = row · factor.
    package static func scale(_ row: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
        var index = 0
        while index &+ width <= count {
            store(load(row + index) * factor, row + index)
            index &+= width
        }
        while index < count {
            row[index] *= factor
            index &+= 1
        }
    }

    /// Every element no less than -limit and no more than limit; NaN stays what it is.
    package static func hold(_ row: UnsafeMutablePointer<Float>, within limit: Float, count: Int) {
        for index in 0..<count {
            if row[index] > limit { row[index] = limit }
            if row[index] < -limit { row[index] = -limit }
        }
    }

    /// Turns neighbouring pairs of a head by their angles: (x, y) to (x cos - y sin, x sin + y cos).
    ///
    /// - Parameters:
    ///   - cosines: each angle's cosine, twice over.
    ///   - sines: each angle's sine, first negated, then as it is.
    ///   - count: of elements, even.
    package static func rotate(
        _ head: UnsafeMutablePointer<Float>, cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>, count: Int
    ) {
        var index = 0
        while index &+ width <= count {
            let pairs = load(head + index)
            var swapped = Lanes()
            swapped.evenHalf = pairs.oddHalf
            swapped.oddHalf = pairs.evenHalf
            store(pairs * load(cosines + index) + swapped * load(sines + index), head + index)
            index &+= width
        }
        while index < count {
            let (x, y) = (head[index], head[index &+ 1])
            head[index] = x * cosines[index] + y * sines[index]
            head[index &+ 1] = y * cosines[index &+ 1] + x * sines[index &+ 1]
            index &+= 2
        }
    }

    /// Turns pairs that lie half a head apart by their angles, as `rotate` does neighbouring ones.
    ///
    /// - Parameters:
    ///   - cosines: one of each angle.
    ///   - half: pairs.
    package static func rotateHalves(
        _ head: UnsafeMutablePointer<Float>, cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>, half: Int
    ) {
        var index = 0
        while index &+ width <= half {
            let (x, y) = (load(head + index), load(head + (half &+ index)))
            let (cosine, sine) = (load(cosines + index), load(sines + index))
            store(x * cosine - y * sine, head + index)
            store(y * cosine + x * sine, head + (half &+ index))
            index &+= width
        }
        while index < half {
            let (x, y) = (head[index], head[half &+ index])
            head[index] = x * cosines[index] - y * sines[index]
            head[half &+ index] = y * cosines[index] + x * sines[index]
            index &+= 1
        }
    }

    /// Σ a b
    package static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
        var sums = Lanes.zero
        var index = 0
        while index &+ width <= count {
            sums += load(a + index) * load(b + index)
            index &+= width
        }
        let rest = count &- index
        sums += loadTail(a + index, rest, filler: 0) * loadTail(b + index, rest, filler: 0)
        return sums.sum()
    }

    /// target = target + source · factor.
    package static func add(_ source: UnsafePointer<Float>, times factor: Float, to target: UnsafeMutablePointer<Float>, count: Int) {
        var index = 0
        while index &+ width <= count {
            store(load(target + index) + load(source + index) * factor, target + index)
            index &+= width
        }
        while index < count {
            target[index] += source[index] * factor
            index &+= 1
        }
    }
}
