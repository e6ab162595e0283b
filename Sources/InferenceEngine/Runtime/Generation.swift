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
        guard prompts.allSatisfy({ !$0.isEmpty }) else {
            throw EngineError(.invalidRequest, "a prompt of no tokens cannot be continued")
        }
        let constraint = try choices.map { choices throws(EngineError) in
            guard choices.allSatisfy({ !$0.isEmpty }), !choices.isEmpty else {
                throw EngineError(.invalidRequest, "there is nothing to choose among, or one of the choices is empty")
            }
            return ChoiceConstraint(choices.map { Array($0.utf8) }, tokensByFirstByte, ends: tokenizer.endOfTurn)
        }
        let stops = stopStrings.map { Array($0.utf8) }.filter { !$0.isEmpty }
        try shareBeginning(of: prompts)
        var results = [Generated?](repeating: nil, count: prompts.count)
        var writers: [Writer] = []
        var next = 0
        while next < prompts.count || !writers.isEmpty {
            while next < prompts.count, writers.count < model.configuration.decodeRows {
                let prompt = prompts[next]
                let cache = prefixes.cache(for: prompt[...], upTo: prompt.count - 1, longest: prompt.count, model)
                writers.append(
                    Writer(
                        number: next, prompt: Array(prompt[cache.count...]), cache: cache,
                        sampler: Sampler(sampling, sequence: next, prompt: prompt), maximumNewTokens: maximumNewTokens, stops: stops,
                        constraint: constraint))
                next += 1
            }
            let segments = writers.map { Transformer.Segment(cache: $0.cache, tokens: $0.unread, firstLogits: $0.unread.count - 1) }
            var chosen = [Int32](repeating: 0, count: writers.count)
            try forward(segments) { chosen[$0.sequence] = writers[$0.sequence].choose($0) }
            for index in writers.indices {
                writers[index].take(chosen[index], tokenizer, contextLimit: model.contextLimit)
                if writers[index].finish != nil { results[writers[index].number] = writers[index].result }
            }
            writers.removeAll { $0.finish != nil }
        }
        return results.compactMap { $0 }
    }

    /// Reads what all prompts begin with once.
    func shareBeginning(of prompts: [[Int32]]) throws(EngineError) {
        guard prompts.count > 1, var shared = prompts.first?.dropLast() else { return }
        for prompt in prompts.dropFirst() { shared = shared.prefix(zip(shared, prompt.dropLast()).prefix { $0 == $1 }.count) }
        guard shared.count >= PrefixStore.worthwhile, prompts.allSatisfy({ $0.count <= model.switchesBeyond }) else { return }
        let cache = prefixes.cache(for: shared, upTo: shared.count, longest: shared.count, model)
        let rest = Array(shared.dropFirst(cache.count))
        try forward([.init(cache: cache, tokens: rest, firstLogits: rest.count)]) { _ in }
        prefixes.keep(cache)
    }
}

/// One sequence that is being written.
private struct Writer {
    /// The prompt's place.
    let number: Int
    let cache: KeyValueCache
    private var sampler: Sampler
    let maximumNewTokens: Int
    let stops: [[UInt8]]
    let constraint: ChoiceConstraint?
    private var tokens: [Int32] = []
    private var bytes: [UInt8] = []
    /// Tokens that the model has not seen yet.
    private(set) var unread: [Int32]
    private(set) var finish: LoadedModel.Generated.Finish?

    init(
        number: Int, prompt: [Int32], cache: KeyValueCache, sampler: Sampler, maximumNewTokens: Int, stops: [[UInt8]],
        constraint: ChoiceConstraint?
    ) {
        self.number = number
        unread = prompt
        self.cache = cache
        self.sampler = sampler
        self.maximumNewTokens = maximumNewTokens
        self.stops = stops
        self.constraint = constraint
    }

    mutating func choose(_ logits: Transformer.Logits) -> Int32 {
        sampler.choose(logits, among: constraint?.allowed(after: bytes))
    }

    var result: LoadedModel.Generated {
        .init(tokens: tokens, text: String(decoding: bytes, as: UTF8.self), finish: finish ?? .length)
    }

    /// Appends the chosen token, or ends the writing.
    mutating func take(_ choice: Int32, _ tokenizer: Tokenizer, contextLimit: Int) {
        if maximumNewTokens < 1 {
            finish = .length
        } else if tokenizer.endOfTurn.contains(choice) {
            finish = .endOfText
        } else {
            let written = tokenizer.decode([choice])
            tokens.append(choice)
            unread = [choice]
            bytes += written
            if let cut = firstStop(after: bytes.count - written.count) {
                bytes.removeLast(bytes.count - cut)
                finish = .stopString
            } else if constraint?.isComplete(bytes) == true {
                finish = .endOfText
            } else if tokens.count >= maximumNewTokens {
                finish = .length
            } else if cache.count >= contextLimit {
                finish = .contextFull
            }
        }
    }

    /// Where the first stop string begins that ends after `place`: what came before has been looked through.
    private func firstStop(after place: Int) -> Int? {
        var first: Int?
        for stop in stops {
            var start = max(0, place - stop.count + 1)
            while start + stop.count <= bytes.count, start < first ?? .max {
                if bytes[start..<(start + stop.count)].elementsEqual(stop) { first = start }
                start += 1
            }
        }
        return first
    }
}
