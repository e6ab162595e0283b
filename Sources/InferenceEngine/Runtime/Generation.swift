/// Text that the model writes.
extension LoadedModel {
    package struct Generated: Hashable, Sendable {
        package enum Finish: String, Hashable, Sendable { case endOfText, stopString, length, contextFull }

        /// Every token written, before a stop string cuts the text; the one that ends a turn is not among them.
        package let tokens: [Int32]
        /// Their text up to a stop string, ill-formed UTF-8 replaced.
        package let text: String
        package let finish: Finish
    }

    /// Continues each prompt, up to `decodeRows` of them at a time: when one ends, the next begins. What a prompt gives
    /// depends on the prompt, the sampling and its place among the prompts, not on the other prompts.
    ///
    /// - Parameters:
    ///   - prompts: of at least one token each.
    ///   - stopStrings: writing ends at the first of these, which is cut off.
    ///   - choices: nil, or the only texts that may be written; which one it is, the model's probabilities decide token by
    ///     token.
    package func generate(
        _ prompts: [[Int32]], maximumNewTokens: Int, sampling: SamplingParameters = .greedy, stopStrings: [String] = [],
        choices: [String]? = nil
    ) throws(EngineError) -> [Generated] {
        let terms = Writing.Terms(
            maximumNewTokens: maximumNewTokens, sampling: sampling, stopStrings: stopStrings, choices: choices)
        let writing = try Writing(self, prompts: prompts, terms: terms)
        var whole = [Writing.Part](repeating: .init(), count: prompts.count)
        while !writing.isFinished {
            for (number, part) in try writing.advance(steps: 64).enumerated() { whole[number].append(part) }
        }
        return whole.map { Generated(tokens: $0.tokens, text: $0.text, finish: $0.finish ?? .length) }
    }

    /// Reads what all prompts begin with once.
    func shareBeginning(of prompts: [[Int32]]) throws(EngineError) {
        guard prompts.count > 1, var shared = prompts.first?.dropLast() else { return }
        for prompt in prompts.dropFirst() { shared = shared.prefix(shared.countShared(with: prompt.dropLast())) }
        guard shared.count >= PrefixStore.worthwhile, prompts.allSatisfy({ model.shape.embeddedLength(of: $0.count) == 0 }) else { return }
        let cache = prefixes.cache(for: shared, upTo: shared.count, embeddedLength: 0, model)
        let rest = Array(shared.dropFirst(cache.count))
        try forward([.init(cache: cache, tokens: rest, firstLogits: rest.count)]) { _ in }
        prefixes.keep(cache)
    }
}
