import Evaluation
import Testing

/// How many items a question takes: held against statsmodels, against every count's own interval, and against simulation.
@Suite struct StatisticsDesignTests {
    let table: StatisticsReference.Table

    init() throws { table = try StatisticsReference.table() }

    @Test func againstAThreshold() throws {
        let design = try #require(StudyDesign())
        for row in table.settle {
            for pair in row.powers {
                let power = try #require(design.powerAgainst(threshold: row.threshold, rate: row.rate, items: Int(pair[0])))
                #expect(abs(power - pair[1]) < 1e-9, "\(row.threshold), \(row.rate), \(pair): \(power)")
            }
            #expect(design.itemsToSettle(threshold: row.threshold, rate: row.rate) == row.items, "\(row.threshold), \(row.rate)")
        }
    }

    @Test func detectableRate() throws {
        let design = try #require(StudyDesign())
        for (threshold, items) in [(0.5, 200), (0.05, 400), (0.8, 100)] {
            for above in [true, false] {
                let rate = try #require(design.detectableRate(threshold: threshold, above: above, items: items))
                #expect((rate > threshold) == above)
                #expect(abs(try #require(design.powerAgainst(threshold: threshold, rate: rate, items: items)) - 0.8) < 1e-6)
            }
        }
        // Ten items show nothing below 5 %.
        #expect(design.detectableRate(threshold: 0.05, above: false, items: 10) == nil)
    }

    /// From 5,000 items on by the normal approximation, which is where the exact power says.
    @Test func manyItems() throws {
        let design = try #require(StudyDesign())
        let items = try #require(design.itemsToSettle(threshold: 0.5, rate: 0.51))
        #expect(abs(try #require(design.powerAgainst(threshold: 0.5, rate: 0.51, items: items)) - 0.8) < 0.01)
        #expect(design.itemsToSettle(threshold: 0.5, rate: 0.500000001) == nil)
    }

    /// Beta-binomial clusters of 5 with intra-cluster correlation 0.2, so a design effect of 1.8: how often the interval lies on the
    /// right side, were the design effect known.
    @Test func designEffectsAgreeWithSimulation() throws {
        let design = try #require(StudyDesign(designEffect: 1.8))
        let predicted = try #require(design.powerAgainst(threshold: 0.5, rate: 0.62, items: 200))
        var generator = SeededGenerator(seed: 5)
        var settled = 0
        for _ in 0..<2_000 {
            var successes = 0
            for _ in 0..<40 {
                // Pólya's urn: the next is like one of those before it with the chance that makes the correlation 0.2.
                var own = 0
                for seen in 0..<5 {
                    let weight = 0.62 * 4 + Double(own)
                    if generator.uniform() < weight / (4 + Double(seen)) { own += 1 }
                }
                successes += own
            }
            let z = try #require(NormalDistribution.quantile(0.975))
            let interval = try #require(WilsonInterval.bounds(rate: Double(successes) / 200, count: 200 / 1.8, z: z))
            if interval.lower > 0.5 { settled += 1 }
        }
        #expect(abs(Double(settled) / 2_000 - predicted) < 0.05, "\(settled) of 2000, predicted \(predicted)")
        let plain = try #require(StudyDesign()?.itemsToSettle(threshold: 0.5, rate: 0.62))
        #expect(try #require(design.itemsToSettle(threshold: 0.5, rate: 0.62)) > plain)
    }

    @Test func twoArms() throws {
        let design = try #require(StudyDesign())
        for row in table.power {
            let power = try #require(design.power(first: row.first, second: row.second, itemsPerArm: row.items))
            #expect(abs(power - row.power) < 1e-9, "\(row): \(power)")
            #expect(design.itemsPerArm(first: row.first, second: row.second) == Int(row.needed.rounded(.up)), "\(row)")
        }
        let rise = try #require(design.detectableRise(base: 0.2, itemsPerArm: 300))
        #expect(abs(try #require(design.power(first: 0.2 + rise, second: 0.2, itemsPerArm: 300)) - 0.8) < 1e-6)
        #expect(design.itemsPerArm(first: 0.2, second: 0.2) == nil)
    }

    /// The simulated power of the mid-p test of that many pairs.
    @Test func pairs() throws {
        let design = try #require(StudyDesign())
        let count = try #require(design.pairs(difference: 0.1, discordance: 0.25))
        var generator = SeededGenerator(seed: 6)
        var found = 0
        for _ in 0..<2_000 {
            var (first, second) = (0, 0)
            for _ in 0..<count {
                let draw = generator.uniform()
                if draw < 0.175 { first += 1 } else if draw < 0.25 { second += 1 }
            }
            if try #require(McNemarTest(firstOnly: first, secondOnly: second)).midP < 0.05 { found += 1 }
        }
        #expect(abs(Double(found) / 2_000 - 0.8) < 0.04, "\(found) of 2000 with \(count) pairs")
        let difference = try #require(design.detectableDifference(discordance: 0.25, pairs: count))
        #expect(abs(difference - 0.1) < 0.001)
        #expect(design.pairs(difference: 0.3, discordance: 0.2) == nil)
        #expect(design.detectableDifference(discordance: 0.2, pairs: 3) == nil)
        // (1.959964 + 0.841621) × 2 / √100
        #expect(abs(try #require(design.detectableMeanDifference(deviation: 2, count: 100)) - 0.560317) < 1e-6)
    }

    @Test func impossibleDesignsAreNil() throws {
        #expect(StudyDesign(confidence: 1) == nil)
        #expect(StudyDesign(power: 0.4) == nil)
        #expect(StudyDesign(designEffect: .nan) == nil)
        #expect(StudyDesign(designEffect: 0.5) == nil)
        #expect(StudyDesign(designEffect: 1e9) == nil)
        let coarse = try #require(StudyDesign(designEffect: 10_000))
        #expect(try #require(coarse.itemsToSettle(threshold: 1e-9, rate: 1)) < 200_000)
        let design = try #require(StudyDesign())
        for rate in [0.5, .nan, -1, 2] { #expect(design.itemsToSettle(threshold: 0.5, rate: rate) == nil) }
        #expect(design.powerAgainst(threshold: 0.5, rate: 0.6, items: 0) == nil)
        #expect(design.power(first: .nan, second: 0.5, itemsPerArm: 10) == nil)
        #expect(design.pairs(difference: .nan, discordance: 0.5) == nil)
        #expect(design.detectableMeanDifference(deviation: .infinity, count: 3) == nil)
    }
}
