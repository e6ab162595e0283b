/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), as published by Vigna.
///
/// The same seed gives the same numbers in every version of the language: what is drawn from them is written here and
/// not taken from the standard library, whose ways of drawing may change. Not for secrets.
package struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A generator of its own for the `index`-th part of a job, so that parts can be done in any order.
    package func stream(_ index: UInt64) -> SeededGenerator {
        SeededGenerator(seed: Self.mix(state ^ Self.mix(index &+ 0x9E37_79B9_7F4A_7C15)))
    }

    /// A number in [0, 1): a multiple of 2^-53.
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number from 0 up to, not including, `bound`, each equally likely (Lemire, "Fast random integer generation in an
    /// interval", ACM TOMACS 29, 2019, algorithm 5); 0 where `bound` is less than 2.
    package mutating func index(below bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let size = UInt64(bound)
        var product = next().multipliedFullWidth(by: size)
        if product.low < size {
            let reject = (0 &- size) % size
            while product.low < reject { product = next().multipliedFullWidth(by: size) }
        }
        return Int(product.high)
    }

    /// The numbers 0..<count in random order (Fisher and Yates, from the end).
    package mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<max(0, count))
        for last in order.indices.dropFirst().reversed() { order.swapAt(last, index(below: last + 1)) }
        return order
    }
}
