/// In which order texts are taken: all of them once, shuffled, then all of them again in another order.
package struct TrainingOrder: Sendable {
    private let count: Int
    private let seed: UInt64
    private let shuffles: Bool
    private var epoch = -1
    private var order: [Int] = []

    /// - Parameter shuffles: false to take them as they come.
    package init(count: Int, seed: UInt64, shuffles: Bool = true) {
        precondition(count > 0)
        self.count = count
        self.seed = seed
        self.shuffles = shuffles
    }

    /// The text at a place, from 0, counted through all rounds.
    package mutating func index(at place: Int) -> Int {
        guard shuffles else { return place % count }
        let (epoch, offset) = place.quotientAndRemainder(dividingBy: count)
        if epoch != self.epoch {
            self.epoch = epoch
            order = Array(0..<count)
            var random = RandomSource(seed: seed &+ UInt64(truncatingIfNeeded: epoch) &* 0x9E37_79B9_7F4A_7C15)
            // Fisher and Yates, as Durstenfeld 1964. The remainder's bias is below 2⁻³² for any count that fits in memory.
            for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, Int(random.next() % UInt64(index + 1))) }
        }
        return order[offset]
    }
}
