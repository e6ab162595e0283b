/// A stated probability with what came of it.
package struct Forecast: Hashable, Sendable {
    package let probability: Double
    package let outcome: Bool

    /// - Returns: nil for a probability outside 0...1.
    package init?(probability: Double, outcome: Bool) {
        guard (0...1).contains(probability) else { return nil }
        self.probability = probability
        self.outcome = outcome
    }
}
