import Glibc

/// Chooses tokens for one sequence, from a generator of its own.
///
/// The order, which is `transformers`': penalties, divide by the temperature, keep the top k, of these the top p, of these those
/// above min p, of these the typical ones, draw one. Each takes the probabilities among what is left to it. Where nothing is cut
/// off, the draw goes through the tokens by id, otherwise from the likeliest down, equals by id.
package struct Sampler {
    private struct Candidate {
        let id: Int32
        let weight: Double
    }

    private let parameters: SamplingParameters
    private var random: RandomSource
    /// Of each token that was seen how often it was written; in the prompt alone, 0.
    private var written: [Int32: Int] = [:]

    /// - Parameters:
    ///   - sequence: the sequence's place among those with the same seed, so that two do not draw the same.
    ///   - prompt: what the sequence begins with; only penalties ask for it.
    package init(_ parameters: SamplingParameters, sequence: Int, prompt: [Int32] = []) {
        self.parameters = parameters
        var seeds = RandomSource(seed: parameters.seed)
        // A stream of its own for each sequence.
        let first = seeds.next()
        random = RandomSource(seed: first ^ UInt64(truncatingIfNeeded: sequence) &* 0xD1B5_4A32_D192_ED03)
        if parameters.hasPenalties { for token in prompt { written[token] = 0 } }
    }

    /// - Parameter allowed: the only tokens that may be chosen, in ascending order; nil for any.
    mutating func choose(_ logits: Transformer.Logits, among allowed: [Int32]? = nil) -> Int32 {
        guard let allowed, let first = allowed.first else { return choose(logits.values, likeliest: logits.likeliest) }
        var left = [Float](repeating: -.infinity, count: logits.values.count)
        for token in allowed { left[Int(token)] = logits.values[Int(token)] }
        let likeliest = allowed.reduce(first) { left[Int($1)] > left[Int($0)] || left[Int($0)].isNaN ? $1 : $0 }
        let choice = left.withUnsafeBufferPointer { choose($0, likeliest: likeliest) }
        // Where no logit is a number, nothing is likelier than anything else.
        return allowed.contains(choice) ? choice : first
    }

    package mutating func choose(_ logits: UnsafeBufferPointer<Float>, likeliest: Int32) -> Int32 {
        guard parameters.hasPenalties else { return draw(logits, likeliest: likeliest) }
        let choice = penalised(logits).withUnsafeBufferPointer { left in
            // Penalties can have changed which it is.
            let likeliest = left.indices.reduce(0) { left[$1] > left[$0] || left[$0].isNaN ? $1 : $0 }
            return draw(left, likeliest: Int32(truncatingIfNeeded: likeliest))
        }
        written[choice, default: 0] += 1
        return choice
    }

    private func penalised(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
        var logits = Array(logits)
        let repetition = Float(parameters.repetitionPenalty)
        for (token, count) in written where logits.indices.contains(Int(token)) {
            var logit = logits[Int(token)]
            logit = logit > 0 ? logit / repetition : logit * repetition
            if count > 0 { logit -= Float(parameters.presencePenalty + parameters.frequencyPenalty * Double(count)) }
            logits[Int(token)] = logit
        }
        return logits
    }

    private mutating func draw(_ logits: UnsafeBufferPointer<Float>, likeliest: Int32) -> Int32 {
        let largest = Double(logits[Int(likeliest)])
        guard parameters.temperature > 0, largest.isFinite else { return likeliest }
        var candidates: [Candidate] = []
        candidates.reserveCapacity(logits.count)
        for (id, logit) in logits.enumerated() {
            let weight = Glibc.exp((Double(logit) - largest) / parameters.temperature)
            // Neither NaN nor what is too unlikely for a double.
            if weight > 0 { candidates.append(Candidate(id: Int32(truncatingIfNeeded: id), weight: weight)) }
        }
        if parameters.cuts { candidates = Self.kept(of: candidates, parameters) }
        var mark = random.unit() * candidates.reduce(0) { $0 + $1.weight }
        for candidate in candidates {
            mark -= candidate.weight
            if mark < 0 { return candidate.id }
        }
        return candidates.last?.id ?? likeliest
    }

    /// What the parameters leave of the candidates, from the likeliest down.
    private static func kept(of all: [Candidate], _ parameters: SamplingParameters) -> [Candidate] {
        var kept = all
        if parameters.topK == 0, parameters.topP < 1 {
            // All those below this weight together are less than what top p leaves out: they need not be sorted.
            let floor = all.reduce(0) { $0 + $1.weight } * (1 - parameters.topP) / Double(all.count) / 2
            kept.removeAll { $0.weight < floor }
        }
        kept.sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.id < $1.id }
        if parameters.topK > 0 { kept.removeLast(max(0, kept.count - parameters.topK)) }
        if parameters.topP < 1 {
            // Without top k, the mass is that of all tokens, those that were not sorted too.
            kept = leading(kept, of: (parameters.topK > 0 ? kept : all).reduce(0) { $0 + $1.weight } * parameters.topP)
        }
        if parameters.minP > 0, let first = kept.first { kept.removeAll { $0.weight < parameters.minP * first.weight } }
        if parameters.typicalP < 1 { kept = typical(of: kept, parameters.typicalP) }
        return kept
    }

    /// The first of the candidates that have the weight `mass` together, and that which reaches it.
    private static func leading(_ candidates: [Candidate], of mass: Double) -> [Candidate] {
        var sum = 0.0
        let needed = candidates.firstIndex { candidate in
            sum += candidate.weight
            return sum >= mass
        }
        return needed.map { Array(candidates[...$0]) } ?? candidates
    }

    /// Those whose −ln p is nearest to the entropy, and have `share` of the weight together; in the order in which they came.
    private static func typical(of candidates: [Candidate], _ share: Double) -> [Candidate] {
        let mass = candidates.reduce(0) { $0 + $1.weight }
        let surprises = candidates.map { -log($0.weight / mass) }
        let entropy = zip(candidates, surprises).reduce(0) { $0 + $1.0.weight / mass * $1.1 }
        let distances = surprises.map { abs($0 - entropy) }
        let order = candidates.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        let nearest = leading(order.map { candidates[$0] }, of: share * mass).count
        guard let last = order[..<nearest].last else { return candidates }
        // Those as far away as the last stay with it.
        return candidates.indices.filter { distances[$0] <= distances[last] }.map { candidates[$0] }
    }
}
