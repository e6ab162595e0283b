/// One value of two runs on the same items: each run's figure, and what lies between them.
package struct PairedFigure: Hashable, Sendable {
    /// One run's.
    package struct Estimate: Hashable, Sendable {
        package let value: Double
        /// Of a rate Wilson's, of other values in 0...1 the same with the effective count, of all others Student's; robust to
        /// clusters. Nil where values are no rate and there are fewer than two clusters.
        package let interval: ConfidenceInterval?
        /// Where each value is 0 or 1.
        package let proportion: Proportion?

        fileprivate init?(_ values: ClusteredValues, _ confidence: Double) {
            value = values.mean
            proportion = Proportion(values, confidence: confidence)
            if let proportion {
                interval = proportion.interval
            } else if let mean = BoundedMean(values, confidence: confidence) {
                interval = mean.interval
            } else {
                guard let mean = MeanEstimate(values) else { return nil }
                interval = mean.interval(confidence: confidence)
            }
        }
    }

    package let count: Int
    package let clusters: Int
    package let first: Estimate
    package let second: Estimate
    /// Second less first.
    package let difference: Double
    /// Newcombe's paired interval where each value is 0 or 1 and items are independent, else Student's over clusters. Where no
    /// cluster's mean difference is another than all have, there is nothing to estimate a spread from: values of 0 and 1 then get
    /// Newcombe's with each cluster as one item, and other values none.
    package let interval: ConfidenceInterval?
    /// That there is no difference: McNemar's exact test where Newcombe's interval is given, else the paired t test.
    package let pValue: Double?
    /// The same, with Holm's correction for its table.
    package internal(set) var adjusted: Double?

    /// - Returns: nil without pairs, or where a value is not finite.
    package init?(_ pairs: [(first: Double, second: Double, cluster: String?)], confidence: Double) {
        guard let one = ClusteredValues(pairs.map { (value: $0.first, cluster: $0.cluster) }),
            let two = ClusteredValues(pairs.map { (value: $0.second, cluster: $0.cluster) }),
            let first = Estimate(one, confidence), let second = Estimate(two, confidence),
            let paired = PairedDifference(pairs.map { (first: $0.second, second: $0.first, cluster: $0.cluster) })
        else { return nil }
        (self.first, self.second) = (first, second)
        count = pairs.count
        clusters = one.clusterCount
        difference = paired.estimate.mean
        let isBinary = first.proportion != nil && second.proportion != nil
        // Sums that should come to nothing leave a rounding error.
        let isFlat = paired.estimate.standardError ?? 0 <= 1e-12 * max(1, abs(difference))
        guard isBinary else {
            interval = isFlat ? nil : paired.interval(confidence: confidence)
            pValue = isFlat && difference != 0 ? nil : paired.pValue
            return
        }
        var cells: Cells
        if clusters == count {
            cells = Cells()
            for pair in pairs { cells.add(pair.first == 1, pair.second == 1) }
        } else if isFlat {
            cells = Cells(difference: difference, rate: first.value, clusters: clusters)
        } else {
            interval = paired.interval(confidence: confidence)?.clamped(-1, 1)
            pValue = paired.pValue
            return
        }
        interval = Uplift(
            both: cells.both, firstOnly: cells.onlySecond, secondOnly: cells.onlyFirst, neither: cells.neither, confidence: confidence)?.interval
        pValue = McNemarTest(firstOnly: cells.onlySecond, secondOnly: cells.onlyFirst)?.pValue
    }

    private struct Cells {
        var (both, onlyFirst, onlySecond, neither) = (0, 0, 0, 0)

        init() {}

        /// Every cluster has the same mean difference; each counts as one item.
        init(difference: Double, rate: Double, clusters: Int) {
            let gained = Int((Double(clusters) * max(0, difference)).rounded()), lost = Int((Double(clusters) * max(0, -difference)).rounded())
            (onlySecond, onlyFirst) = (gained, lost)
            both = max(0, min(clusters - gained - lost, Int((Double(clusters) * rate).rounded()) - lost))
            neither = clusters - gained - lost - both
        }

        mutating func add(_ first: Bool, _ second: Bool) {
            switch (first, second) {
            case (true, true): both += 1
            case (true, false): onlyFirst += 1
            case (false, true): onlySecond += 1
            case (false, false): neither += 1
            }
        }
    }
}

extension PairedFigure {
    /// Gives each figure that has a p-value the one adjusted for all of them.
    static func adjust<Row>(_ rows: inout [Row], _ figure: WritableKeyPath<Row, PairedFigure>) {
        let tested = rows.indices.filter { rows[$0][keyPath: figure].pValue != nil }
        guard let adjusted = Multiplicity.holm.adjusted(tested.compactMap { rows[$0][keyPath: figure].pValue }) else { return }
        for (index, value) in zip(tested, adjusted) { rows[index][keyPath: figure].adjusted = value }
    }
}
