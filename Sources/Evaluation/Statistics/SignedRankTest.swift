import Glibc

/// Wilcoxon's signed-rank test that differences lie symmetrically around 0 (F. Wilcoxon, Biometrics Bulletin 1, 1945), against
/// their being larger, being smaller, or either.
///
/// Differences of 0 are left out. With at most 50 others, none equal in size, the p-value is exact; else it is the normal
/// approximation with the variance corrected for ties, and no continuity correction.
package struct SignedRankTest: Hashable, Sendable {
    package enum Alternative: String, Hashable, Sendable, CaseIterable {
        case twoSided
        case greater
        case less
    }

    /// The sum of the ranks of positive differences.
    package let positiveRanks: Double
    /// Differences other than 0.
    package let count: Int
    package let pValue: Double
    package let isExact: Bool

    /// - Returns: nil where a difference is not finite; p is 1 where all are 0.
    package init?(_ differences: [Double], alternative: Alternative = .twoSided) {
        let kept = differences.filter { $0 != 0 }
        guard differences.allSatisfy(\.isFinite), let ranks = RankStatistics.ranks(kept.map(\.magnitude)) else { return nil }
        let positive = zip(kept, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
        let isExact = kept.count <= 50 && Set(ranks).count == ranks.count
        positiveRanks = positive
        count = kept.count
        self.isExact = isExact
        guard !kept.isEmpty else {
            pValue = 1
            return
        }
        let (atMost, atLeast) =
            isExact ? Self.exactTails(Int(positive), count: kept.count) : Self.normalTails(positive, ranks: ranks)
        pValue =
            switch alternative {
            case .greater: atLeast
            case .less: atMost
            case .twoSided: min(1, 2 * min(atMost, atLeast))
            }
    }

    /// Every subset of ranks is equally likely; there are as many with sum s as the coefficient of x^s in Π (1 + x^r).
    private static func exactTails(_ sum: Int, count: Int) -> (atMost: Double, atLeast: Double) {
        var chances = [1.0]
        for rank in 1...count {
            var next = chances.map { $0 / 2 } + [Double](repeating: 0, count: rank)
            for (place, chance) in chances.enumerated() { next[place + rank] += chance / 2 }
            chances = next
        }
        return (min(1, chances[...sum].reduce(0, +)), min(1, chances[sum...].reduce(0, +)))
    }

    private static func normalTails(_ sum: Double, ranks: [Double]) -> (atMost: Double, atLeast: Double) {
        let total = Double(ranks.count)
        let squares = ranks.reduce(0) { $0 + $1 * $1 }
        // Σ r² / 4 is n (n + 1) (2n + 1) / 24 less the ties' (t³ - t) / 48.
        let z = (sum - total * (total + 1) / 4) / (squares / 4).squareRoot()
        return (NormalDistribution.cumulative(z), NormalDistribution.cumulative(-z))
    }
}
