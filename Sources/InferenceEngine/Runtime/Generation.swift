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

    /// Continues each prompt, `decodeRows` of them at a time. What a prompt gives depends on the prompt, the sampling
    /// and its place among the prompts, not on the other prompts.
    ///
    /// - Parameters:
    ///   - prompts: of at least one token each.
    ///   - stopStrings: writing ends at the first of these, which is cut off.
    package func generate(
        _ prompts: [[Int32]], maximumNewTokens: Int, sampling: SamplingParameters = .greedy, stopStrings: [String] = []
    ) throws(EngineError) -> [Generated] {
        guard prompts.allSatisfy({ !$0.isEmpty }) else {
            throw EngineError(.invalidRequest, "a prompt of no tokens cannot be continued")
        }
        let stops = stopStrings.map { Array($0.utf8) }.filter { !$0.isEmpty }
        let batch = model.configuration.decodeRows
        var results: [Generated] = []
        for start in stride(from: 0, to: prompts.count, by: batch) {
            var writers: [Writer] = []
            for number in start..<min(start + batch, prompts.count) {
                var writer = Writer(
                    cache: model.makeCache(), sampler: Sampler(sampling, sequence: number, prompt: prompts[number]),
                    maximumNewTokens: maximumNewTokens, stops: stops)
                try begin(&writer, prompts[number])
                writers.append(writer)
            }
            try finish(&writers)
            results += writers.map(\.result)
        }
        return results
    }

    private func begin(_ writer: inout Writer, _ prompt: [Int32]) throws(EngineError) {
        var choice: Int32 = 0
        let segment = LlamaModel.Segment(cache: writer.cache, tokens: prompt, firstLogits: prompt.count - 1)
        try model.forward([segment]) { choice = writer.sampler.choose($0) }
        writer.take(choice, tokenizer, contextLimit: model.contextLimit)
    }

    private func finish(_ writers: inout [Writer]) throws(EngineError) {
        while writers.contains(where: { $0.finish == nil }) {
            let inputs = writers.map { $0.finish == nil ? (cache: $0.cache, token: $0.last) : nil }
            var choices = [Int32](repeating: 0, count: writers.count)
            try model.step(inputs) { choices[$0.sequence] = writers[$0.sequence].sampler.choose($0) }
            for number in writers.indices where writers[number].finish == nil {
                writers[number].take(choices[number], tokenizer, contextLimit: model.contextLimit)
            }
        }
    }
}

/// One sequence that is being written.
private struct Writer {
    let cache: KeyValueCache
    var sampler: Sampler
    let maximumNewTokens: Int
    let stops: [[UInt8]]
    private var tokens: [Int32] = []
    private var bytes: [UInt8] = []
    private(set) var finish: LoadedModel.Generated.Finish?

    init(cache: KeyValueCache, sampler: Sampler, maximumNewTokens: Int, stops: [[UInt8]]) {
        self.cache = cache
        self.sampler = sampler
        self.maximumNewTokens = maximumNewTokens
        self.stops = stops
    }

    /// The token to be read next.
    var last: Int32 { tokens.last ?? 0 }

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
            bytes += written
            if let cut = firstStop(after: bytes.count - written.count) {
                bytes.removeLast(bytes.count - cut)
                finish = .stopString
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
