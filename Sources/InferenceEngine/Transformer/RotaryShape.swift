import Glibc

/// Rotary position embedding (Su et al. 2021, equation 34): of position p and pair i the angle p · frequency(i).
package struct RotaryShape: Hashable, Sendable {
    /// Elements of a head that are turned, from its first on.
    package var width: Int
    package var base: Double
    package var scaling = Scaling.none
    package var pairing: Pairing

    package init(width: Int, base: Double, scaling: Scaling = .none, pairing: Pairing) {
        self.width = width
        self.base = base
        self.scaling = scaling
        self.pairing = pairing
    }

    package enum Pairing: Hashable, Sendable {
        /// Element i with i + width / 2 (as Hugging Face's models lie).
        case halves
        /// Element 2 i with 2 i + 1 (as llama.cpp's converter lays the Llama family).
        case neighbours
    }

    package enum Scaling: Hashable, Sendable {
        case none
        /// All frequencies divided (Chen et al. 2023).
        case linear(factor: Double)
        /// Beyond the original context another base, which grows with the sequence's length ("dynamic NTK", as `transformers` computes it).
        case dynamic(factor: Double, originalContext: Int)
        /// Llama 3.1's: long wavelengths divided, short ones kept, those between blended.
        case llama3(factor: Double, lowFactor: Double, highFactor: Double, originalContext: Int)
        /// YaRN (Peng et al. 2023, section 3): the same by rotations within the original context, and a factor on cosine and sine.
        case yarn(factor: Double, fast: Double, slow: Double, originalContext: Int, attentionFactor: Double, truncates: Bool)
        /// LongRoPE (Ding et al. 2024): each frequency divided by its own factor; another list beyond the original context.
        case long(short: [Double], long: [Double], originalContext: Int, attentionFactor: Double)
        /// Each frequency divided by its own factor (GGUF's `rope_freqs`).
        case factors([Double])
    }

    /// The shortest length whose sequences have the same frequencies as those of `length` tokens, whose positions are embedded
    /// alike from the first token on: 0 for every length but where the kind of scaling looks at the whole sequence.
    func embeddedLength(of length: Int) -> Int {
        switch scaling {
        case .long(_, _, let originalContext, _): length > originalContext ? originalContext + 1 : 0
        case .dynamic(_, let originalContext): length > originalContext ? length : 0
        default: 0
        }
    }

    /// What cosine and sine are multiplied by.
    var magnitude: Double {
        switch scaling {
        case .yarn(_, _, _, _, let attentionFactor, _), .long(_, _, _, let attentionFactor): attentionFactor
        default: 1
        }
    }

    /// Angle per position of each pair, in sequences of `length` tokens. Rounded to single precision where `transformers` rounds.
    func frequencies(length: Int) -> [Float] {
        let half = width / 2
        var base = base
        if case .dynamic(let factor, let original) = scaling, length > original {
            let stretch = factor * Double(length) / Double(original) - (factor - 1)
            base *= pow(stretch, Double(width) / Double(width - 2))
        }
        let powers = (0..<half).map { Float(pow(base, Double(Float(2 * $0) / Float(width)))) }
        let plain = powers.map { 1 / $0 }
        switch scaling {
        case .none, .dynamic: return plain
        case .linear(let factor): return plain.map { $0 / Float(factor) }
        case .factors(let factors): return zip(powers, factors).map { 1 / (Float($1) * $0) }
        case .long(let short, let long, let original, _): return zip(powers, length > original ? long : short).map { 1 / (Float($1) * $0) }
        case .llama3(let factor, let low, let high, let original):
            return plain.map { frequency in
                let wavelength = Double(2 * Float.pi / frequency)
                if wavelength < Double(original) / high { return frequency }
                if wavelength > Double(original) / low { return frequency / Float(factor) }
                let smooth = Float((Double(original) / wavelength - low) / (high - low))
                return (1 - smooth) * (frequency / Float(factor)) + smooth * frequency
            }
        case .yarn(let factor, let fast, let slow, let original, _, let truncates):
            func pair(rotations: Double) -> Double {
                Double(width) * log(Double(original) / (rotations * 2 * Double.pi)) / (2 * log(base))
            }
            var low = pair(rotations: fast), high = pair(rotations: slow)
            if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
            low = max(low, 0)
            high = min(high, Double(width - 1))
            if low == high { high += 0.001 }
            return plain.enumerated().map { index, frequency in
                let ramp = Float(min(1, max(0, (Double(index) - low) / (high - low))))
                let kept = 1 - ramp
                return frequency / Float(factor) * (1 - kept) + frequency * kept
            }
        }
    }

    func check(headWidth: Int) throws(EngineError) {
        func check(_ holds: Bool, _ message: @autoclosure () -> String) throws(EngineError) {
            guard holds else { throw EngineError(.malformedModel, "the model's configuration is impossible: \(message())") }
        }
        try check((2...headWidth).contains(width) && width.isMultiple(of: 2), "RoPE over \(width) of \(headWidth) elements")
        try check(base > 1 && base <= 1e12, "a RoPE base of \(base)")
        func checkAll(_ factors: [Double]) throws(EngineError) {
            try check(factors.count == width / 2, "\(factors.count) RoPE factors for \(width / 2) pairs")
            try check(factors.allSatisfy { $0 >= 1e-3 && $0 <= 1e6 }, "a RoPE factor out of 0.001 to 1000000")
        }
        switch scaling {
        case .none: break
        case .linear(let factor): try check(factor >= 1e-3 && factor <= 1e6, "a RoPE factor of \(factor)")
        case .dynamic(let factor, let original):
            try check(factor >= 1e-3 && factor <= 1e6 && width > 2 && original > 0, "dynamic RoPE scaling by \(factor)")
        case .factors(let factors): try checkAll(factors)
        case .long(let short, let long, let original, let attentionFactor):
            try checkAll(short)
            try checkAll(long)
            try check(original > 0 && attentionFactor > 0 && attentionFactor < 1e3, "LongRoPE with a context of \(original)")
        case .llama3(let factor, let low, let high, let original):
            try check(factor >= 1e-3 && factor <= 1e6 && low > 0 && high > low && original > 0, "Llama 3's RoPE scaling by \(factor)")
        case .yarn(let factor, let fast, let slow, let original, let attentionFactor, _):
            try check(
                factor >= 1e-3 && factor <= 1e6 && slow > 0 && fast > slow && original > 0 && attentionFactor > 0 && attentionFactor < 1e3,
                "YaRN by \(factor)")
        }
    }
}
