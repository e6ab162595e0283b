/// P-values adjusted for how many there are, in the order they came in.
package enum Multiplicity: String, Hashable, Sendable, CaseIterable {
    /// Keeps the chance of any false finding (S. Holm, Scandinavian Journal of Statistics 6, 1979). No assumption.
    case holm
    /// Keeps the expected share of false findings among the findings (Benjamini and Hochberg, JRSS B 57, 1995), for
    /// independent or positively dependent tests.
    case benjaminiHochberg
    /// The same for any dependence (Benjamini and Yekutieli, Annals of Statistics 29, 2001, theorem 1.3).
    case benjaminiYekutieli

    /// - Returns: nil where a value is outside 0...1.
    package func adjusted(_ pValues: [Double]) -> [Double]? {
        guard pValues.allSatisfy({ (0...1).contains($0) }) else { return nil }
        // Ties by place, so that the order is always the same; tied values come out equal whatever it is.
        let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
        let count = Double(pValues.count)
        var adjusted = pValues
        switch self {
        case .holm:
            var running = 0.0
            for (rank, index) in order.enumerated() {
                running = max(running, min(1, pValues[index] * (count - Double(rank))))
                adjusted[index] = running
            }
        case .benjaminiHochberg, .benjaminiYekutieli:
            let scale =
                self == .benjaminiHochberg ? 1 : pValues.indices.reduce(0.0) { sum, index in sum + 1 / Double(index + 1) }
            var running = 1.0
            for (rank, index) in order.enumerated().reversed() {
                running = min(running, pValues[index] * scale * count / Double(rank + 1))
                adjusted[index] = running
            }
        }
        return adjusted
    }
}
