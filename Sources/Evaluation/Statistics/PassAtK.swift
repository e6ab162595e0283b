/// What repeated attempts at one prompt say about k of them, without bias.
package enum PassAtK {
    /// The chance that at least one of k attempts passes, 1 - C(n - c, k) / C(n, k), as the product
    /// 1 - Π_{i = n-c+1…n} (1 - k / i) (Chen et al., arXiv:2107.03374, equation 1 and figure 3), which neither overflows nor
    /// cancels.
    /// - Parameters:
    ///   - attempts: n, at most 10,000,000.
    ///   - passed: c, 0...n.
    ///   - k: 1...n.
    /// - Returns: nil outside these.
    package static func anyPasses(attempts: Int, passed: Int, k: Int) -> Double? {
        guard isPossible(attempts: attempts, passed: passed, k: k) else { return nil }
        guard attempts - passed >= k else { return 1 }
        var miss = 1.0
        for index in stride(from: attempts - passed + 1, through: attempts, by: 1) {
            miss *= 1 - Double(k) / Double(index)
        }
        return 1 - miss
    }

    /// The chance that all of k attempts pass, C(c, k) / C(n, k) (pass^k: Yao et al., arXiv:2406.12045).
    package static func allPass(attempts: Int, passed: Int, k: Int) -> Double? {
        guard isPossible(attempts: attempts, passed: passed, k: k) else { return nil }
        guard passed >= k else { return 0 }
        return (0..<k).reduce(1) { $0 * Double(passed - $1) / Double(attempts - $1) }
    }

    private static func isPossible(attempts: Int, passed: Int, k: Int) -> Bool {
        k >= 1 && k <= attempts && attempts <= 10_000_000 && (0...attempts).contains(passed)
    }

    /// The expected best of k attempts with real-valued scores: each k of the n equally likely, so the i-th smallest score
    /// is the best of C(i - 1, k - 1) of the C(n, k) choices.
    package static func bestOf(_ k: Int, scores: [Double]) -> Double? {
        let count = scores.count
        guard k >= 1, k <= count, scores.allSatisfy(\.isFinite) else { return nil }
        // From the largest down: its weight is k / n, and each one's is the one's above times (i - k) / (i - 1).
        let sorted = scores.sorted(by: >)
        var weight = Double(k) / Double(count)
        var total = 0.0
        for (index, score) in sorted.enumerated() {
            total += weight * score
            let place = count - index
            guard place > k else { break }
            weight *= Double(place - k) / Double(place - 1)
        }
        return total
    }

    /// Attempts at one prompt.
    package struct Prompt: Hashable, Sendable {
        package let attempts: Int
        package let passed: Int
        /// Prompts that belong together, such as paraphrases; nil for a prompt of its own.
        package let cluster: String?

        package init(attempts: Int, passed: Int, cluster: String? = nil) {
            self.attempts = attempts
            self.passed = passed
            self.cluster = cluster
        }
    }

    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case any
        case all
    }

    /// The mean over prompts, each counting once, with the prompt (or its cluster) as the unit of the interval: attempts at
    /// one prompt are never taken as independent.
    /// - Returns: nil without prompts, where one has fewer than k attempts, or with a confidence level outside (0, 1).
    package static func mean(_ prompts: [Prompt], k: Int, kind: Kind = .any, confidence: Double) -> BoundedMean? {
        var values: [(value: Double, cluster: String?)] = []
        var attempts = 0
        for prompt in prompts {
            let value =
                switch kind {
                case .any: anyPasses(attempts: prompt.attempts, passed: prompt.passed, k: k)
                case .all: allPass(attempts: prompt.attempts, passed: prompt.passed, k: k)
                }
            let (sum, overflow) = attempts.addingReportingOverflow(prompt.attempts)
            guard let value, !overflow else { return nil }
            values.append((value: value, cluster: prompt.cluster))
            attempts = sum
        }
        guard let values = ClusteredValues(values) else { return nil }
        return BoundedMean(values, observations: attempts, confidence: confidence)
    }
}
