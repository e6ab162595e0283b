/// McNemar's test of paired outcomes: whether two models, or two conditions, succeed equally often on the same items
/// (Q. McNemar, Psychometrika 12, 1947), exact: under the null hypothesis each item on which they differ falls either way
/// like a fair coin. Items have to be independent; with clusters use `PairedDifference`.
package struct McNemarTest: Hashable, Sendable {
    /// Items on which only the first succeeded.
    package let firstOnly: Int
    /// Items on which only the second succeeded.
    package let secondOnly: Int
    /// Two-sided and exact; 1 where nothing differs.
    package let pValue: Double
    /// With half of what was observed counted (Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91,
    /// 2013): less conservative, not guaranteed.
    package let midP: Double

    /// - Returns: nil for negative counts or ones that overflow.
    package init?(firstOnly: Int, secondOnly: Int) {
        let (count, overflow) = firstOnly.addingReportingOverflow(secondOnly)
        guard firstOnly >= 0, secondOnly >= 0, !overflow else { return nil }
        self.firstOnly = firstOnly
        self.secondOnly = secondOnly
        guard count > 0 else {
            (pValue, midP) = (1, 1)
            return
        }
        let fewer = min(firstOnly, secondOnly)
        let twoTails = 2 * BinomialDistribution.cumulative(fewer, count: count, rate: 0.5)
        pValue = min(1, twoTails)
        midP = min(1, twoTails - BinomialDistribution.probability(fewer, count: count, rate: 0.5))
    }

    package init?(pairs: [(first: Bool, second: Bool)]) {
        self.init(
            firstOnly: pairs.count { $0.first && !$0.second }, secondOnly: pairs.count { !$0.first && $0.second })
    }
}
