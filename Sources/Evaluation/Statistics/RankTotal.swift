/// Whether things stand at the front of their own groups more often than chance has it: of each thing its rank among others
/// made the same way, and of these ranks the sum.
///
/// Where thing and others are exchangeable, every rank of a group of K is equally likely, whatever the values'
/// distribution, and the ranks of separate groups are independent. So the sum's distribution is known exactly. Of equal
/// values the thing stands last, which makes the test err on the careful side.
package struct RankTotal: Hashable, Sendable {
    /// The sum of the ranks, each from 1 for the front.
    package let total: Int
    package let units: Int
    /// The chance of a sum as small.
    package let pValue: Double

    /// - Parameter ranks: of each thing its rank and the size of its group, itself included.
    /// - Returns: nil without groups, where a rank is outside its group, or beyond 10,000 groups of at most 1,000.
    package init?(_ ranks: [(rank: Int, of: Int)]) {
        guard (1...10_000).contains(ranks.count), ranks.allSatisfy({ (1...1000).contains($0.of) && (1...$0.of).contains($0.rank) }) else { return nil }
        total = ranks.reduce(0) { $0 + $1.rank }
        units = ranks.count
        // Of each sum of (rank - 1) so far its chance; a group adds 0..<K, each with chance 1/K.
        var chances = [1.0]
        let reach = total - ranks.count
        for (_, size) in ranks {
            // What is beyond the observed sum is not needed.
            let length = min(chances.count + size - 1, reach + 1)
            var next = [Double](repeating: 0, count: length)
            for place in 0..<length {
                for added in 0..<size where place - added >= 0 && place - added < chances.count { next[place] += chances[place - added] }
                next[place] /= Double(size)
            }
            chances = next
        }
        pValue = min(1, chances.reduce(0, +))
    }
}
