/// Ranks of values, and what is made of them.
package enum RankStatistics {
    /// From 1, equal values getting the mean of their ranks.
    /// - Returns: nil where a value is not a number.
    package static func ranks(_ values: [Double]) -> [Double]? {
        guard !values.contains(where: \.isNaN) else { return nil }
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var ranks = [Double](repeating: 0, count: values.count)
        var first = 0
        while first < order.count {
            var end = first + 1
            while end < order.count, values[order[end]] == values[order[first]] { end += 1 }
            for place in first..<end { ranks[order[place]] = Double(first + end + 1) / 2 }
            first = end
        }
        return ranks
    }

    /// The area under the receiver operating characteristic: the chance that a positive scores higher than a negative, equal
    /// scores counting half (Hanley and McNeil, Radiology 143, 1982).
    /// - Returns: nil without scores of both kinds, or where a score is not a number.
    package static func areaUnderCurve(_ scores: [(score: Double, positive: Bool)]) -> Double? {
        let positives = scores.count { $0.positive }
        let negatives = scores.count - positives
        guard positives > 0, negatives > 0, let ranks = ranks(scores.map(\.score)) else { return nil }
        let sum = zip(scores, ranks).reduce(0) { $0 + ($1.0.positive ? $1.1 : 0) }
        let least = Double(positives) * Double(positives + 1) / 2
        return (sum - least) / (Double(positives) * Double(negatives))
    }
}
