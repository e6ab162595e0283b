import Evaluation
import Testing

/// Held against scikit-learn and NumPy.
@Suite struct StatisticsCalibrationTests {
    @Test func calibration() throws {
        for row in try StatisticsReference.table().calibration {
            let forecasts = try zip(row.probabilities, row.outcomes).map { try #require(Forecast(probability: $0, outcome: $1)) }
            let curve = try #require(CalibrationCurve(forecasts, binning: .equalWidth(row.bins)))
            #expect(abs(curve.expectedCalibrationError - row.ece) < 1e-12)
            #expect(curve.maximumCalibrationError >= curve.expectedCalibrationError)
            if let expected = row.eceEqualMass {
                let mass = try #require(CalibrationCurve(forecasts, binning: .equalMass(row.bins)))
                #expect(mass.bins.count == row.bins)
                #expect(abs(mass.expectedCalibrationError - expected) < 1e-12)
            }
            let brier = try #require(BrierScore(forecasts, binning: .equalWidth(row.bins)))
            #expect(abs(brier.score - row.brier) < 1e-12)
            let area = try #require(
                RankStatistics.areaUnderCurve(zip(row.rounded, row.outcomes).map { (score: $0, positive: $1) }))
            #expect(abs(area - row.auroc) < 1e-12)
        }
    }

    /// Stephenson, Coelho and Jolliffe's term: within bins, the forecasts' variance less twice their covariance with outcomes.
    @Test func theBrierScoreAddsUp() throws {
        var generator = SeededGenerator(seed: 1)
        let forecasts = try (0..<300).map { _ in
            let probability = generator.uniform()
            return try #require(Forecast(probability: probability, outcome: generator.uniform() < probability))
        }
        let brier = try #require(BrierScore(forecasts, binning: .equalWidth(7)))
        var within = 0.0
        for bin in 0..<7 {
            let own = forecasts.filter { min(6, max(0, Int(($0.probability * 7).rounded(.up)) - 1)) == bin }
            let (mean, rate) = (
                own.reduce(0) { $0 + $1.probability } / Double(own.count), Double(own.count { $0.outcome }) / Double(own.count)
            )
            for forecast in own {
                let deviation = forecast.probability - mean
                within += deviation * deviation - 2 * deviation * ((forecast.outcome ? 1 : 0) - rate)
            }
        }
        #expect(abs(brier.withinBins - within / 300) < 1e-12)
        // One forecast for all, and it is right on average: nothing but uncertainty.
        let flat = try (0..<10).map { try #require(Forecast(probability: 0.3, outcome: $0 < 3)) }
        let plain = try #require(BrierScore(flat, binning: .equalMass(5)))
        #expect(abs(plain.score - 0.21) < 1e-12)
        #expect(plain.resolution < 1e-12)
        #expect(plain.reliability < 1e-12)
        #expect(abs(plain.withinBins) < 1e-12)
    }

    @Test func intervalsByTheBootstrap() throws {
        var generator = SeededGenerator(seed: 2)
        let forecasts = try (0..<200).map { _ in
            let probability = generator.uniform()
            return try #require(Forecast(probability: probability, outcome: generator.uniform() < probability))
        }
        let bootstrap = try #require(Bootstrap(resamples: 500, seed: 4))
        let area = try #require(
            bootstrap.interval(clusters: forecasts.map { [$0] }, confidence: 0.95) { drawn in
                RankStatistics.areaUnderCurve(drawn.map { (score: $0.probability, positive: $0.outcome) })
            })
        // Outcomes drawn from uniform forecasts: the area is 5/6.
        #expect(area.contains(5.0 / 6))
        #expect(area.upper - area.lower < 0.2)
        // The mean squared error of such forecasts is 1/6.
        let brier = try #require(
            bootstrap.interval(clusters: forecasts.map { [$0] }, confidence: 0.95) { BrierScore($0, binning: .equalWidth(10))?.score })
        #expect(brier.contains(1.0 / 6))
    }

    @Test func impossibleForecastsAreNil() throws {
        #expect(Forecast(probability: .nan, outcome: true) == nil)
        #expect(Forecast(probability: 1.01, outcome: true) == nil)
        #expect(CalibrationCurve([], binning: .equalWidth(10)) == nil)
        let ends = try [0.0, 1.0].map { try #require(Forecast(probability: $0, outcome: $0 == 1)) }
        for bins in [0, -1, .max] {
            #expect(CalibrationCurve(ends, binning: .equalWidth(bins)) == nil)
            #expect(BrierScore(ends, binning: .equalMass(bins)) == nil)
        }
        #expect(try #require(CalibrationCurve(ends, binning: .equalWidth(10))).expectedCalibrationError == 0)
        #expect(RankStatistics.areaUnderCurve([(score: 1, positive: true)]) == nil)
        #expect(RankStatistics.areaUnderCurve([(score: .nan, positive: true), (score: 1, positive: false)]) == nil)
    }
}
