import Evaluation
import Testing

/// Comparisons of two, and of many: held against SciPy and statsmodels.
@Suite struct StatisticsComparisonTests {
    let table: StatisticsReference.Table

    init() throws { table = try StatisticsReference.table() }

    @Test func mcNemar() throws {
        for row in table.mcnemar {
            let test = try #require(McNemarTest(firstOnly: row.firstOnly, secondOnly: row.secondOnly))
            #expect(abs(test.pValue - row.pValue) < 1e-11, "\(row): \(test)")
            #expect(abs(test.midP - row.midP) < 1e-11, "\(row): \(test)")
        }
        let pairs = [(true, true), (true, false), (false, true), (false, false), (true, false)].map { (first: $0, second: $1) }
        #expect(McNemarTest(pairs: pairs) == McNemarTest(firstOnly: 2, secondOnly: 1))
        #expect(McNemarTest(firstOnly: -1, secondOnly: 1) == nil)
        #expect(McNemarTest(firstOnly: .max, secondOnly: 1) == nil)
    }

    @Test func newcombe() throws {
        for row in table.newcombe {
            let first = try #require(Proportion(successes: row.first[0], count: row.first[1], confidence: row.level))
            let second = try #require(Proportion(successes: row.second[0], count: row.second[1], confidence: row.level))
            let uplift = Uplift(first: first, second: second)
            #expect(StatisticsInspectTests.near(uplift.interval, row.interval), "\(row): \(uplift)")
        }
        for row in table.pairedNewcombe {
            let uplift = try #require(
                Uplift(
                    both: row.cells[0], firstOnly: row.cells[1], secondOnly: row.cells[2], neither: row.cells[3], confidence: 0.95))
            #expect(StatisticsInspectTests.near(uplift.interval, row.interval), "\(row): \(uplift)")
        }
        #expect(Uplift(both: 0, firstOnly: 0, secondOnly: 0, neither: 0, confidence: 0.95) == nil)
        #expect(Uplift(both: .max, firstOnly: .max, secondOnly: 0, neither: 0, confidence: 0.95) == nil)
        #expect(Uplift(both: 1, firstOnly: 1, secondOnly: 1, neither: 1, confidence: .nan) == nil)
    }

    @Test func pairedDifference() throws {
        let row = table.paired
        let paired = try #require(PairedDifference(zip(row.first, row.second).map { (first: $0, second: $1, cluster: nil) }))
        #expect(abs(try #require(paired.pValue) - row.pValue) < 1e-11)
        #expect(StatisticsInspectTests.near(try #require(paired.interval(confidence: 0.95)), row.interval))
        let bootstrap = try #require(Bootstrap(resamples: 4_000, seed: 3))
        let again = try #require(paired.interval(confidence: 0.95, bootstrap: bootstrap, method: .percentile))
        #expect(abs(again.lower - row.interval[0]) < 0.12)
        #expect(abs(again.upper - row.interval[1]) < 0.12)
        #expect(PairedDifference([]) == nil)
        #expect(PairedDifference([(first: .nan, second: 0, cluster: nil)]) == nil)
        // Equal pairs: no spread, and nothing that differs.
        let equal = try #require(PairedDifference((0..<5).map { _ in (first: 1, second: 1, cluster: nil) }))
        #expect(equal.pValue == 1)
        // Clusters make the interval wider where differences go together.
        let rows = (0..<40).map { (first: $0 / 10 % 2 == 0 ? 1.0 : 0.2, second: 0.5, cluster: Optional("c\($0 / 10)")) }
        let clustered = try #require(PairedDifference(rows)?.estimate.standardError)
        let plain = try #require(PairedDifference(rows.map { (first: $0.first, second: $0.second, cluster: nil) })?.estimate.standardError)
        #expect(clustered > 3 * plain)
    }

    @Test func multiplicity() throws {
        for row in table.multiplicity {
            for (method, expected) in [
                (Multiplicity.holm, row.holm), (.benjaminiHochberg, row.benjaminiHochberg),
                (.benjaminiYekutieli, row.benjaminiYekutieli),
            ] {
                let found = try #require(method.adjusted(row.pValues))
                #expect(found.count == expected.count)
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(method) of \(row.pValues): \(found)")
            }
        }
        #expect(Multiplicity.holm.adjusted([0.5, .nan]) == nil)
        #expect(Multiplicity.benjaminiHochberg.adjusted([-0.1]) == nil)
    }

    @Test func bootstrap() throws {
        for row in table.bootstrap {
            let values = try #require(ClusteredValues(groups: row.groups))
            let bootstrap = try #require(Bootstrap(resamples: row.resamples, seed: row.seed))
            let percentile = try #require(bootstrap.meanInterval(of: values, confidence: row.level, method: .percentile))
            #expect(StatisticsInspectTests.near(percentile, row.percentile), "\(percentile)")
            let corrected = try #require(bootstrap.meanInterval(of: values, confidence: row.level))
            #expect(StatisticsInspectTests.near(corrected, row.bca), "\(corrected)")
        }
        #expect(Bootstrap(resamples: 0, seed: 1) == nil)
        let bootstrap = try #require(Bootstrap(resamples: 100, seed: 1))
        #expect(bootstrap.interval(clusters: [[1.0]], confidence: 0.95) { $0.first } == nil)
        #expect(bootstrap.interval(clusters: [[1.0], [2]], confidence: 0.95) { _ in nil } == nil)
        #expect(bootstrap.interval(clusters: [[1.0], [2]], confidence: 2) { $0.first } == nil)
        let constant = bootstrap.interval(clusters: [[1.0], [1], [1]], confidence: 0.95) { $0.reduce(0, +) }
        #expect(constant == ConfidenceInterval(lower: 3, upper: 3))
        // Of an extreme that no resample exceeds.
        let most = try #require(bootstrap.interval(clusters: (1...30).map { [Double($0)] }, confidence: 0.95) { $0.max() })
        #expect(most.upper == 30)
        // More clusters than blocks of the jackknife.
        let many = (0..<1_000).map { [Double($0 % 7)] }
        let interval = try #require(bootstrap.interval(clusters: many, confidence: 0.95) { $0.reduce(0, +) / Double($0.count) })
        #expect(interval.contains(2.997))
    }
}
