/// How long a model takes.
package enum Speed {
    package struct Times: Hashable, Sendable {
        /// Reading one prompt, up to the choice of the first token.
        package let prefill: Duration
        /// Writing all new tokens after that.
        package let decode: Duration
    }

    /// Reads a prompt, then writes `newTokens` tokens in each of `sequences` (at most `decodeRows`) that begin with it.
    /// The tokens are made up: the work does not depend on which they are.
    package static func measure(
        _ loaded: LoadedModel, promptTokens: Int, newTokens: Int, sequences: Int
    ) throws(EngineError) -> Times {
        let model = loaded.model
        guard (1...model.configuration.decodeRows).contains(sequences) else {
            throw EngineError(.invalidRequest, "\(sequences) sequences; 1 to \(model.configuration.decodeRows) are possible")
        }
        let tokens = (0..<promptTokens).map { Int32(($0 * 7919 + 17) % model.shape.vocabulary) }
        let clock = ContinuousClock()
        let cache = model.makeCache()
        var token: Int32 = 0
        let start = clock.now
        try model.forward([.init(cache: cache, tokens: tokens, firstLogits: promptTokens - 1)]) { token = $0.likeliest }
        let middle = clock.now
        let caches = [cache] + (1..<sequences).map { _ in cache.fork(at: cache.count) }
        var next = [Int32](repeating: token, count: sequences)
        let begin = clock.now
        for _ in 0..<newTokens {
            try model.forward((0..<sequences).map { .init(cache: caches[$0], tokens: [next[$0]], firstLogits: 0) }) {
                next[$0.sequence] = $0.likeliest
            }
        }
        return Times(prefill: middle - start, decode: clock.now - begin)
    }
}
