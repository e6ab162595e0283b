/// A text to learn from.
package struct TrainingExample: Hashable, Sendable {
    package var tokens: [Int32]
    /// Of each token whether it is to be learnt from those before it. The first never is.
    package var isLabel: [Bool]

    package init(tokens: [Int32], isLabel: [Bool]) {
        precondition(tokens.count == isLabel.count)
        self.tokens = tokens
        self.isLabel = isLabel
    }

    /// Tokens that carry the loss.
    package var labels: Int { isLabel.dropFirst().reduce(0) { $0 + ($1 ? 1 : 0) } }

    /// The example's first `count` tokens.
    package func prefix(_ count: Int) -> TrainingExample {
        tokens.count <= count ? self : TrainingExample(tokens: Array(tokens.prefix(count)), isLabel: Array(isLabel.prefix(count)))
    }
}

/// Examples that go through the layers together, one behind the other without padding.
struct TrainingRows {
    struct Span {
        let first: Int
        let count: Int
    }

    private(set) var tokens: [Int32] = []
    private(set) var positions: [Int] = []
    private(set) var spans: [Span] = []
    /// Rows that carry the loss, with the token that follows each.
    private(set) var targets: [(row: Int, token: Int32)] = []

    init(_ examples: some Sequence<TrainingExample>) {
        for example in examples where !example.tokens.isEmpty {
            let first = tokens.count
            spans.append(Span(first: first, count: example.tokens.count))
            tokens += example.tokens
            positions += example.tokens.indices
            for place in 1..<max(1, example.tokens.count) where example.isLabel[place] {
                targets.append((first + place - 1, example.tokens[place]))
            }
        }
    }

    var count: Int { tokens.count }
    var longest: Int { spans.map(\.count).max() ?? 0 }
}
