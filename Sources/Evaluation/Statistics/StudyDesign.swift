/// How many items a question takes, and how small a difference so many items can show.
///
/// Tests are two-sided at level 1 - `confidence`. A design effect d makes n items worth n / d (Kish, "Survey sampling",
/// 1965, section 5.4; for equal clusters of m with intra-cluster correlation ρ it is 1 + (m - 1) ρ); measured ones
/// come from `Proportion.designEffect`.
package struct StudyDesign: Hashable, Sendable {
    package let confidence: Double
    package let power: Double
    package let designEffect: Double
    /// Normal quantiles of the level and of the power.
    let (zLevel, zPower): (Double, Double)

    /// - Returns: nil for a confidence outside (0, 1), a power outside (0.5, 1), or a design effect outside 1...10,000.
    package init?(confidence: Double = 0.95, power: Double = 0.8, designEffect: Double = 1) {
        guard confidence > 0, confidence < 1, power > 0.5, power < 1, (1...10_000).contains(designEffect),
            let zLevel = NormalDistribution.quantile(0.5 + confidence / 2), let zPower = NormalDistribution.quantile(power)
        else { return nil }
        self.confidence = confidence
        self.power = power
        self.designEffect = designEffect
        (self.zLevel, self.zPower) = (zLevel, zPower)
    }

    // MARK: A rate against a threshold

    /// The chance that the Wilson interval of `items` items lies wholly on the true rate's side of a threshold: exact for
    /// independent items, since the interval leaves the threshold out just when (k/n - t)² ≥ z² t (1 - t) d / n; with
    /// a design effect, the binomial distribution of n / d items.
    /// - Returns: nil without items, for a threshold outside (0, 1), or for a rate that is outside 0...1 or the threshold.
    package func powerAgainst(threshold: Double, rate: Double, items: Int) -> Double? {
        guard items > 0, threshold > 0, threshold < 1, rate >= 0, rate <= 1, rate != threshold else { return nil }
        // Below the threshold it is the same question about failures.
        let (mark, chance) = rate > threshold ? (threshold, rate) : (1 - threshold, 1 - rate)
        let count = Double(items)
        let needed = count * mark + zLevel * (count * designEffect * mark * (1 - mark)).squareRoot()
        // A whole number that the sum missed by its rounding is still reached.
        let successes = (needed - 1e-9 * count).rounded(.up)
        guard successes <= count else { return 0 }
        if chance == 1 { return 1 }
        return BetaDistribution.cumulative(chance, successes / designEffect, (count - successes) / designEffect + 1)
    }

    /// The items from which on a rate is settled against a threshold with the design's power. Power goes up and down
    /// by little steps as n grows; this is where it stays above. From 5,000 items on the normal approximation.
    /// - Returns: nil where `powerAgainst` is nil, or for more than 1,000,000,000 items.
    package func itemsToSettle(threshold: Double, rate: Double) -> Int? {
        guard threshold > 0, threshold < 1, rate >= 0, rate <= 1, rate != threshold else { return nil }
        let root =
            (zLevel * (threshold * (1 - threshold)).squareRoot() + zPower * (rate * (1 - rate)).squareRoot())
            / (rate - threshold)
        let estimate = designEffect * root * root
        guard estimate < 1e9 else { return nil }
        guard estimate < 5_000 else { return Int(estimate.rounded(.up)) }
        var items = 2 * Int(estimate.rounded(.up)) + 50 + 10 * Int(designEffect)
        while items > 0, let reached = powerAgainst(threshold: threshold, rate: rate, items: items), reached >= power {
            items -= 1
        }
        return items + 1
    }

    /// The rate nearest to a threshold, on the side that is asked for, which `items` items tell from it.
    /// - Returns: nil where not even a rate of 1 or 0 is told from it.
    package func detectableRate(threshold: Double, above: Bool, items: Int) -> Double? {
        let end = above ? 1.0 : 0.0
        guard let most = powerAgainst(threshold: threshold, rate: end, items: items), most >= power else { return nil }
        let distance = RootFinder.boundary(from: 0, to: abs(end - threshold)) { distance in
            let rate = above ? threshold + distance : threshold - distance
            guard let reached = powerAgainst(threshold: threshold, rate: rate, items: items) else { return true }
            return reached < power
        }
        return above ? threshold + distance : threshold - distance
    }

    // MARK: Two arms with items of their own

    /// The power of the z test of two proportions with so many items in each arm (Fleiss, "Statistical methods for rates
    /// and proportions", chapter 4): pooled variance under the null hypothesis, the arms' own under the alternative.
    package func power(first: Double, second: Double, itemsPerArm: Int) -> Double? {
        guard itemsPerArm > 0, (0...1).contains(first), (0...1).contains(second) else { return nil }
        let (null, alternative) = Self.deviations(first, second)
        let root = (Double(itemsPerArm) / designEffect).squareRoot()
        guard alternative > 0 else { return first == second ? 0 : abs(first - second) * root >= zLevel * null ? 1 : 0 }
        let (ratio, shift) = (null / alternative, (first - second) * root / alternative)
        return NormalDistribution.cumulative(shift - zLevel * ratio) + NormalDistribution.cumulative(-shift - zLevel * ratio)
    }

    /// Items in each arm that show the difference of two rates.
    /// - Returns: nil for equal rates, or for more than 1,000,000,000 items.
    package func itemsPerArm(first: Double, second: Double) -> Int? {
        guard (0...1).contains(first), (0...1).contains(second), first != second else { return nil }
        let (null, alternative) = Self.deviations(first, second)
        let root = (zLevel * null + zPower * alternative) / (first - second)
        let items = (designEffect * root * root).rounded(.up)
        return items < 1e9 ? max(1, Int(items)) : nil
    }

    /// The smallest rise over `base` that shows with so many items in each arm; nil where not even 1 does.
    package func detectableRise(base: Double, itemsPerArm: Int) -> Double? {
        guard base >= 0, base < 1, let most = power(first: 1, second: base, itemsPerArm: itemsPerArm), most >= power else { return nil }
        return RootFinder.boundary(from: 0, to: 1 - base) { rise in
            (power(first: base + rise, second: base, itemsPerArm: itemsPerArm) ?? 0) < power
        }
    }

    private static func deviations(_ first: Double, _ second: Double) -> (null: Double, alternative: Double) {
        let pooled = (first + second) / 2
        return ((2 * pooled * (1 - pooled)).squareRoot(), (first * (1 - first) + second * (1 - second)).squareRoot())
    }

    // MARK: The same items in both arms

    /// Pairs that show a difference of rates with McNemar's test (R. J. Connor, Biometrics 43, 1987).
    /// - Parameters:
    ///   - difference: of the two rates.
    ///   - discordance: the share of items on which the arms differ, at least |difference|.
    package func pairs(difference: Double, discordance: Double) -> Int? {
        guard difference != 0, abs(difference) <= discordance, discordance <= 1 else { return nil }
        let root =
            (zLevel * discordance.squareRoot() + zPower * max(0, discordance - difference * difference).squareRoot())
            / difference
        let pairs = (designEffect * root * root).rounded(.up)
        return pairs < 1e9 ? max(1, Int(pairs)) : nil
    }

    /// The smallest difference of two rates that so many pairs show; nil where not even every discordant item falling
    /// the same way would.
    package func detectableDifference(discordance: Double, pairs count: Int) -> Double? {
        guard count > 0, discordance > 0, discordance <= 1, let least = pairs(difference: discordance, discordance: discordance),
            least <= count
        else { return nil }
        let found = RootFinder.boundary(from: 0, to: discordance) { difference in
            guard let needed = pairs(difference: difference, discordance: discordance) else { return true }
            return needed > count
        }
        return found
    }

    /// The smallest difference of a mean that so many values show: (z + z) σ √(d / n) (Miller, arXiv:2411.00640,
    /// section 5). For pairs σ is the standard deviation of the differences.
    package func detectableMeanDifference(deviation: Double, count: Int) -> Double? {
        guard count > 0, deviation >= 0, deviation.isFinite else { return nil }
        return (zLevel + zPower) * deviation * (designEffect / Double(count)).squareRoot()
    }
}
