/// Log-likelihoods: what the model would have said.
extension LoadedModel {
    /// Tokens of which those from `start` on, which is at least 1, are to be scored.
    package struct ScoredSequence: Hashable, Sendable {
        package var tokens: [Int32]
        package var start: Int

        package init(tokens: [Int32], start: Int) {
            self.tokens = tokens
            self.start = start
        }
    }

    /// How likely one continuation is.
    package struct ContinuationScore: Hashable, Sendable {
        /// Natural logarithm of each token's probability given all before it.
        package let logprobs: [Float]
        /// Whether each token was the most likely one at its place (the lowest id among equals).
        package let isGreedy: Bool
        /// At each token's place; empty unless they were asked for.
        package let alternatives: [TopLogprobs]
        /// The sum of `logprobs`, in double precision, in order.
        package var sum: Double { logprobs.reduce(0) { $0 + Double($1) } }
    }

    /// Natural logarithm of each token's probability given those before it; nil for the first.
    package func logprobs(of tokens: [Int32]) throws(EngineError) -> [Float?] {
        guard !tokens.isEmpty else { return [] }
        guard tokens.count > 1 else {
            // Nothing to compute, and still no token that the model does not have.
            try check(tokens)
            return [nil]
        }
        return [nil] + (try score([ScoredSequence(tokens: tokens, start: 1)])[0].logprobs)
    }

    /// Scores continuations of one context. What they share is computed once.
    ///
    /// - Parameters:
    ///   - context: at least one token.
    ///   - continuations: may be empty, which is certain: a sum of 0.
    package func score(context: [Int32], continuations: [[Int32]]) throws(EngineError) -> [ContinuationScore] {
        guard !context.isEmpty else { throw EngineError(.invalidRequest, "a context of no tokens has no continuation") }
        return try score(continuations.map { ScoredSequence(tokens: context + $0, start: context.count) })
    }

    /// Scores several groups of sequences together.
    /// - Returns: of each group its sequences' scores.
    package func score(groups: [[ScoredSequence]], alternatives: Int = 0) throws(EngineError) -> [[ContinuationScore]] {
        var scores = try score(groups.flatMap { $0 }, alternatives: alternatives)[...]
        return groups.map { group in
            defer { scores = scores.dropFirst(group.count) }
            return Array(scores.prefix(group.count))
        }
    }

    /// Scores sequences, in any number: what several of them begin with goes through the model once. A sequence's result
    /// does not depend on the others.
    ///
    /// - Parameter alternatives: how many of the likeliest tokens are told at each place.
    package func score(_ sequences: [ScoredSequence], alternatives: Int = 0) throws(EngineError) -> [ContinuationScore] {
        for sequence in sequences {
            guard (1...max(1, sequence.tokens.count)).contains(sequence.start) else {
                throw EngineError(.invalidRequest, "a sequence of \(sequence.tokens.count) tokens cannot be scored from token \(sequence.start) on")
            }
            try check(sequence.tokens)
        }
        var collectors = sequences.map { Collector($0, alternatives: alternatives) }
        // Sequences that are embedded in another way share nothing with the others.
        let kinds = Dictionary(grouping: sequences.indices) { model.shape.embeddedLength(of: sequences[$0].tokens.count) }
        for (embeddedLength, numbers) in kinds.sorted(by: { $0.key < $1.key }) {
            // A sequence's last token is never read: it is only predicted.
            let order = PrefixTree.sorted(numbers.map { (number: $0, tokens: sequences[$0].tokens.dropLast()) })
            for start in stride(from: 0, to: order.count, by: Self.scoredTogether) {
                try score(Array(order[start..<min(order.count, start + Self.scoredTogether)]), embeddedLength, &collectors)
            }
        }
        return collectors.map { ContinuationScore(logprobs: $0.logprobs, isGreedy: $0.isGreedy, alternatives: $0.alternatives) }
    }

    /// Sequences whose caches are held at a time.
    private static let scoredTogether = 64

    /// - Parameter entries: in the order of their tokens.
    private func score(_ entries: [PrefixTree.Entry], _ embeddedLength: Int, _ collectors: inout [Collector]) throws(EngineError) {
        var level = PrefixTree.roots(entries).map { (node: $0, parent: KeyValueCache?.none) }
        while !level.isEmpty {
            var segments: [Transformer.Segment] = []
            for (node, parent) in level {
                // Logits at a place predict the token after it.
                let wanted = (node.entries.map { collectors[$0.number].sequence.start }.min() ?? 1) - 1
                let cache =
                    parent?.fork(at: node.start)
                    ?? prefixes.cache(for: node.run, upTo: min(wanted, node.run.count), embeddedLength: embeddedLength, model)
                let rest = node.run.dropFirst(cache.count - node.start)
                segments.append(.init(cache: cache, tokens: Array(rest), firstLogits: max(0, wanted - cache.count)))
            }
            let begins = segments.map(\.cache.count)
            try forward(segments) { logits in
                for entry in level[logits.sequence].node.entries {
                    collectors[entry.number].take(logits, place: begins[logits.sequence] + logits.token)
                }
            }
            if let root = level.indices.last(where: { level[$0].parent == nil }) { prefixes.keep(segments[root].cache) }
            level = zip(level, segments).flatMap { entry, segment in entry.node.children.map { ($0, segment.cache) } }
        }
    }

    /// A pass; where memory runs short, again without the beginnings that are kept.
    func forward(_ segments: [Transformer.Segment], receive: (Transformer.Logits) -> Void) throws(EngineError) {
        do throws(EngineError) { try model.forward(segments, receive: receive) } catch {
            guard error.code == .limitExceeded, prefixes.forget() else { throw error }
            try model.forward(segments, receive: receive)
        }
    }

    private func check(_ tokens: [Int32]) throws(EngineError) {
        for token in tokens where !(0..<model.shape.vocabulary).contains(Int(token)) {
            throw EngineError(.invalidRequest, "the token \(token) is not in the vocabulary of \(model.shape.vocabulary)")
        }
    }

    /// Gathers one sequence's scores as the logits come, place by place.
    private struct Collector {
        let sequence: ScoredSequence
        var logprobs: [Float] = []
        var isGreedy = true
        let alternativeCount: Int
        var alternatives: [TopLogprobs] = []

        init(_ sequence: ScoredSequence, alternatives: Int) {
            self.sequence = sequence
            alternativeCount = alternatives
        }

        mutating func take(_ logits: Transformer.Logits, place: Int) {
            let next = place + 1
            guard next >= sequence.start, next < sequence.tokens.count else { return }
            let token = sequence.tokens[next]
            logprobs.append(Float(Double(logits.values[Int(token)]) - logits.logSum))
            isGreedy = isGreedy && logits.likeliest == token
            if alternativeCount > 0 { alternatives.append(TopLogprobs(alternativeCount, of: logits.values, logSum: logits.logSum)) }
        }
    }

    /// A context and its continuation as lm-evaluation-harness splits them (`TemplateLM._encode_pair`): white space at
    /// the context's end goes to the continuation, both are tokenised as one, and what is beyond the context's own
    /// number of tokens is the continuation.
    package func sequence(context: String, continuation: String) -> ScoredSequence {
        let scalars = context.unicodeScalars
        let trailing = scalars.reversed().prefix { $0.properties.isWhitespace }.count
        let kept = String(scalars[..<scalars.index(scalars.endIndex, offsetBy: -trailing)])
        let own = tokenizer.encode(kept, parseSpecial: false)
        let whole = tokenizer.encode(context + continuation, parseSpecial: false)
        guard own.isEmpty else { return ScoredSequence(tokens: whole, start: min(own.count, whole.count)) }
        // Nothing stands before the first token: the model's own beginning does.
        return ScoredSequence(tokens: [tokenizer.beginOfText ?? tokenizer.endOfText ?? 0] + whole, start: 1)
    }
}
