/// What was lost in knowledge and reasoning, as one number: the mean over domains of the drop, each domain weighing the same
/// however many items it has. A task's items without a domain are one domain together.
///
/// With K domains, and in each the mean d_k of the items' drops (first less second) over n_k items in G_k clusters,
///
///     drop = Σ d_k / K,   v = Σ over clusters of (Σ over domains of √(G_k / (G_k - 1)) Σ over its items there of (d - d_k) / n_k)² / K²
///
/// which where no cluster reaches into two domains is the stratified variance, Σ v_k / K² with `ClusteredValues.varianceOfMean`
/// for v_k. The interval is drop ± t √v, Student's, with Satterthwaite's degrees of freedom (Biometrics Bulletin 2, 1946),
/// (Σ v_k)² / Σ (v_k² / (G_k - 1)).
package struct CapabilityDrop: Hashable, Sendable {
    package struct Domain: Hashable, Sendable {
        package let task: String
        package let metric: String
        /// Nil for a task's items without one.
        package let domain: String?
        package let count: Int
        package let clusters: Int
        /// First less second.
        package let drop: Double
    }

    package let domains: [Domain]
    package let drop: Double
    package let standardError: Double?
    package let freedom: Double?
    package let interval: ConfidenceInterval?
    /// Two-sided, that nothing was lost or gained.
    package let pValue: Double?
    /// Why there is no interval.
    package let reason: String?

    /// One domain's items.
    struct Stratum {
        let task: String
        let metric: String
        let domain: String?
        /// First less second, and the number of the item's cluster, the same in every domain.
        let items: [(drop: Double, cluster: Int)]
    }

    /// - Returns: nil without a domain; each has items.
    init?(_ strata: [Stratum], confidence: Double) {
        let count = Double(strata.count)
        var domains: [Domain] = []
        /// By cluster; in order of first appearance, so that sums always add up alike.
        var sums: [Double] = [], places: [Int: Int] = [:]
        var (means, variances, weights, alone) = (0.0, 0.0, 0.0, 0)
        for stratum in strata where !stratum.items.isEmpty {
            let size = Double(stratum.items.count)
            let mean = stratum.items.reduce(0) { $0 + $1.drop } / size
            var own: [Double] = [], known: [Int: Int] = [:], order: [Int] = []
            for item in stratum.items {
                let place = known[item.cluster] ?? own.count
                if place == own.count {
                    known[item.cluster] = place
                    own.append(0)
                    order.append(item.cluster)
                }
                own[place] += (item.drop - mean) / size
            }
            let groups = Double(own.count)
            if own.count < 2 { alone += 1 }
            let scale = own.count < 2 ? 0 : (groups / (groups - 1)).squareRoot()
            for (cluster, sum) in zip(order, own) {
                let place = places[cluster] ?? sums.count
                if place == sums.count {
                    places[cluster] = place
                    sums.append(0)
                }
                sums[place] += scale * sum
            }
            let variance = scale * scale * own.reduce(0) { $0 + $1 * $1 }
            variances += variance
            if own.count > 1 { weights += variance * variance / (groups - 1) }
            means += mean
            domains.append(Domain(task: stratum.task, metric: stratum.metric, domain: stratum.domain, count: stratum.items.count, clusters: own.count, drop: mean))
        }
        guard !domains.isEmpty, domains.count == strata.count, means.isFinite else { return nil }
        self.domains = domains
        let drop = means / count
        self.drop = drop
        let error = sums.reduce(0) { $0 + $1 * $1 }.squareRoot() / count
        guard alone == 0, error > 1e-12 else {
            (standardError, freedom, interval, pValue) = (nil, nil, nil, nil)
            reason = alone > 0
                ? "\(alone == 1 ? "one domain has" : "\(alone) domains have") its items in one cluster, which shows no spread"
                : "no item came out otherwise, so there is no spread to estimate; each domain's interval says what it leaves open"
            return
        }
        let freedom = variances * variances / weights
        standardError = error
        self.freedom = freedom
        interval = StudentT.quantile(0.5 + confidence / 2, freedom: freedom).map { t in
            ConfidenceInterval(lower: drop - t * error, upper: drop + t * error).clamped(-1, 1)
        }
        pValue = 2 * StudentT.cumulative(-abs(drop) / error, freedom: freedom)
        reason = nil
    }

    /// The metrics that say how often answers were right, the first of which a task is judged by.
    private static let metrics: [Metric] = [
        .accuracy, .exactMatch, .codePass, .normalisedAccuracy, .byteNormalisedAccuracy, .mutualInformationAccuracy,
    ]

    /// The value that says how often a task's answers were right: of several filters' the first by name; nil where there is none.
    static func metric(among names: [String]) -> String? {
        for metric in metrics {
            let own = names.filter { $0 == metric.rawValue || $0.hasPrefix(metric.rawValue + ",") }
            if let first = own.min(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { return first }
        }
        return nil
    }
}
