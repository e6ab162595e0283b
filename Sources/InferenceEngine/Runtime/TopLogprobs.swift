/// The likeliest tokens at one place.
package struct TopLogprobs: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let token: Int32
        /// Natural logarithm of its probability.
        package let logprob: Float
    }

    /// The likeliest first, the lower id among equals; as many as were asked for, or as there are.
    package let entries: [Entry]

    /// - Parameters:
    ///   - count: how many; 0 for none.
    ///   - logits: [vocabulary]
    ///   - logSum: ln Σ e^logit.
    package init(_ count: Int, of logits: UnsafeBufferPointer<Float>, logSum: Double) {
        var best: [(id: Int, logit: Float)] = []
        let count = min(count, logits.count)
        best.reserveCapacity(max(0, count) + 1)
        if count > 0 {
            for (id, logit) in logits.enumerated() where best.count < count || logit > best[count - 1].logit {
                // What is no number is likelier than nothing.
                guard !logit.isNaN else { continue }
                let place = best.lastIndex { $0.logit >= logit }.map { $0 + 1 } ?? 0
                best.insert((id, logit), at: place)
                if best.count > count { best.removeLast() }
            }
        }
        entries = best.map { Entry(token: Int32(truncatingIfNeeded: $0.id), logprob: Float(Double($0.logit) - logSum)) }
    }
}
