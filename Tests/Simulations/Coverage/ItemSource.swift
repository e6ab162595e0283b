import Evaluation
import Glibc

/// Where simulated items come from: a rate, and clusters of a size within which outcomes are correlated. Each cluster has a
/// rate of its own, drawn from the beta distribution with that mean and with the intra-cluster correlation as its
/// variance over mean (1 - mean), so that outcomes are beta-binomial.
struct ItemSource: Sendable {
    let rate: Double
    let clusterSize: Int
    let correlation: Double

    /// The rate of the next cluster.
    func clusterRate(_ generator: inout SeededGenerator) -> Double {
        guard correlation > 0, rate > 0, rate < 1 else { return rate }
        let scale = (1 - correlation) / correlation
        // In logarithms: with shapes far below 1 both gamma variates can be too small for a number.
        let (one, two) = (
            Self.logGammaVariate(rate * scale, &generator), Self.logGammaVariate((1 - rate) * scale, &generator)
        )
        return 1 / (1 + exp(two - one))
    }

    /// `count` items in clusters; the last one may be smaller.
    func groups(count: Int, _ generator: inout SeededGenerator) -> [[Double]] {
        stride(from: 0, to: count, by: clusterSize).map { start in
            let rate = clusterRate(&generator)
            return (start..<min(start + clusterSize, count)).map { _ in generator.uniform() < rate ? 1 : 0 }
        }
    }

    /// Items in clusters of these sizes.
    func groups(sizes: [Int], _ generator: inout SeededGenerator) -> [[Double]] {
        sizes.map { size in
            let rate = clusterRate(&generator)
            return (0..<size).map { _ in generator.uniform() < rate ? 1 : 0 }
        }
    }

    /// Successes among independent trials.
    static func successes(of count: Int, rate: Double, _ generator: inout SeededGenerator) -> Int {
        var successes = 0
        for _ in 0..<count where generator.uniform() < rate { successes += 1 }
        return successes
    }

    /// The logarithm of a gamma variate (Marsaglia and Tsang, ACM TOMS 26, 2000; shapes below 1 as in their section 6).
    private static func logGammaVariate(_ shape: Double, _ generator: inout SeededGenerator) -> Double {
        if shape < 1 {
            return logGammaVariate(shape + 1, &generator) + log(1 - generator.uniform()) / shape
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal(&generator)
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            guard v > 0 else { continue }
            if log(1 - generator.uniform()) < x * x / 2 + d - d * v + d * log(v) { return log(d * v) }
        }
    }

    /// A standard normal variate (Box and Muller, Annals of Mathematical Statistics 29, 1958).
    private static func normal(_ generator: inout SeededGenerator) -> Double {
        (-2 * log(1 - generator.uniform())).squareRoot() * cos(2 * Double.pi * generator.uniform())
    }
}

extension [Report.Factor] {
    static func source(_ source: ItemSource, count: Int) -> [Report.Factor] {
        [
            .init(name: "n", value: Double(count)), .init(name: "rate", value: source.rate),
            .init(name: "cluster", value: Double(source.clusterSize)), .init(name: "ICC", value: source.correlation),
        ]
    }
}
