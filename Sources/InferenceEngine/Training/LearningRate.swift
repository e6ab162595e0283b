import Glibc

/// How the learning rate goes, as a factor of its highest value: as transformers' `get_constant_schedule_with_warmup`,
/// `get_linear_schedule_with_warmup` and `get_cosine_schedule_with_warmup`.
package struct LearningRate: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable { case constant, linear, cosine }

    package var kind: Kind
    package var highest: Double
    /// Steps in which it rises from 0.
    package var warmup: Int
    /// Steps in all.
    package var steps: Int

    package init(_ kind: Kind, highest: Double, warmup: Int, steps: Int) {
        self.kind = kind
        self.highest = highest
        self.warmup = warmup
        self.steps = steps
    }

    /// - Parameter step: from 0.
    package func rate(at step: Int) -> Double {
        guard step >= warmup else { return highest * Double(step) / Double(max(1, warmup)) }
        let rest = Double(max(1, steps - warmup))
        switch kind {
        case .constant: return highest
        case .linear: return highest * max(0, Double(steps - step) / rest)
        case .cosine: return highest * max(0, 0.5 * (1 + cos(Double.pi * Double(step - warmup) / rest)))
        }
    }
}
