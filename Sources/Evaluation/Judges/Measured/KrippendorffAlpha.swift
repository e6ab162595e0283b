/// Krippendorff's alpha (Content Analysis, 4th edition, 2018, chapter 12): how far several people agree, beyond chance.
package enum KrippendorffAlpha {
    /// How far apart two values are.
    package enum Distance: Sendable {
        /// The same or not.
        case nominal
        /// The square of their difference.
        case interval

        func callAsFunction(_ one: Double, _ other: Double) -> Double {
            switch self {
            case .nominal: one == other ? 0 : 1
            case .interval: (one - other) * (one - other)
            }
        }
    }

    /// - Parameter units: the values that each thing was given; those with fewer than two say nothing and are left out.
    /// - Returns: 1 for full agreement, 0 for chance; nil where nothing was given two values, or only one value was ever used.
    package static func alpha(units: [[Double]], distance: Distance) -> Double? {
        let units = units.filter { $0.count >= 2 && $0.allSatisfy(\.isFinite) }
        // Values with how often each was given, so that the sum over all pairs takes distinct values only.
        var totals: [Double: Double] = [:]
        var observed = 0.0
        for unit in units {
            var counts: [Double: Double] = [:]
            for value in unit { counts[value, default: 0] += 1 }
            let entries = counts.sorted { $0.key < $1.key }
            var sum = 0.0
            for (one, oneCount) in entries {
                for (other, otherCount) in entries { sum += oneCount * otherCount * distance(one, other) }
            }
            observed += sum / Double(unit.count - 1)
            for (value, count) in entries { totals[value, default: 0] += count }
        }
        let entries = totals.sorted { $0.key < $1.key }
        let count = entries.reduce(0) { $0 + $1.value }
        var expected = 0.0
        for (one, oneCount) in entries {
            for (other, otherCount) in entries { expected += oneCount * otherCount * distance(one, other) }
        }
        guard count > 1, expected > 0 else { return nil }
        return 1 - (count - 1) * observed / expected
    }
}
