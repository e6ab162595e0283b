import Evaluation
import Testing

/// Held against what inspect_ai itself prints.
@Suite struct StatisticsInspectTests {
    @Test func agreesWithInspect() throws {
        let cases = try StatisticsReference.inspect()
        #expect(cases.count >= 20)
        for row in cases {
            let values = try #require(
                row.clusters.map { ClusteredValues(Array(zip(row.values, $0)).map { (value: $0, cluster: Optional($1)) }) }
                    ?? ClusteredValues(row.values))
            #expect(abs(InspectMetrics.standardError(of: values) - row.stderr) < 1e-9, "\(row.name)")
            for interval in row.intervals {
                let t = try #require(InspectMetrics.interval(of: values, level: interval.level))
                #expect(Self.near(t, interval.t), "\(row.name), t at \(interval.level): \(t)")
                let wilson = InspectMetrics.wilson(of: values, level: interval.level)
                #expect((wilson == nil) == (interval.wilson == nil), "\(row.name)")
                if let wilson, let expected = interval.wilson {
                    #expect(Self.near(wilson, expected), "\(row.name), Wilson at \(interval.level): \(wilson)")
                }
            }
        }
    }

    /// inspect_ai reduces epochs before it computes; a prompt as the cluster of its epochs has the same standard error.
    @Test func epochsAreClusters() throws {
        for row in try StatisticsReference.inspect() {
            guard let epochs = row.epochs else { continue }
            let raw = try #require(ClusteredValues(groups: epochs))
            let reduced = try #require(raw.clusterMeans)
            #expect(zip(reduced.values, row.values).allSatisfy { abs($0 - $1) < 1e-12 })
            #expect(abs(InspectMetrics.standardError(of: raw) - row.stderr) < 1e-9, "\(row.name)")
            #expect(abs(InspectMetrics.standardError(of: reduced) - row.stderr) < 1e-9, "\(row.name)")
        }
    }

    @Test func impossibleValuesAreNil() throws {
        #expect(ClusteredValues([Double]()) == nil)
        #expect(ClusteredValues([1, .nan]) == nil)
        #expect(ClusteredValues([.infinity]) == nil)
        #expect(ClusteredValues(groups: [[], []]) == nil)
        #expect(ClusteredValues([(value: Double.nan, cluster: "a")]) == nil)
        let huge = try #require(ClusteredValues([1e308, -1e308, 1e308]))
        #expect(huge.varianceOfMean == nil)
        #expect(MeanEstimate(huge)?.interval(confidence: 0.95) == nil)
        let fine = try #require(ClusteredValues([0, 1, 1]))
        for level in [0, 1, -1, 2, Double.nan] {
            #expect(InspectMetrics.interval(of: fine, level: level) == nil)
            #expect(InspectMetrics.wilson(of: fine, level: level) == nil)
            #expect(MeanEstimate(fine)?.interval(confidence: level) == nil)
            #expect(BoundedMean(fine, confidence: level) == nil)
        }
        // What is not known is not 0 where a decision rests on it.
        let one = try #require(MeanEstimate([3]))
        #expect(one.standardError == nil)
        #expect(one.interval(confidence: 0.95) == nil)
    }

    static func near(_ found: ConfidenceInterval, _ expected: [Double], _ tolerance: Double = 1e-9) -> Bool {
        expected.count == 2 && abs(found.lower - expected[0]) <= tolerance * max(1, abs(expected[0]))
            && abs(found.upper - expected[1]) <= tolerance * max(1, abs(expected[1]))
    }
}
