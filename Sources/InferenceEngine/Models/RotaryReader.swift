import Glibc

/// Reads how `config.json` says that positions are embedded, as `transformers` 5 does: `rope_parameters`, or the older
/// `rope_theta` and `rope_scaling`, which go before it.
struct RotaryReader {
    enum Kind { case plain, linear, dynamic, yarn, llama3, long }

    let configuration: ConfigurationReader
    let headWidth: Int
    /// Where nothing says another.
    let base: Double
    /// What the kinds of scaling are called.
    var kinds: [String: Kind] = [
        "default": .plain, "linear": .linear, "dynamic": .dynamic, "yarn": .yarn, "llama3": .llama3, "longrope": .long,
    ]
    /// Whether only the first part of a head may be turned.
    var allowsPart = false
    /// Where nothing says another; nil for the whole context.
    var originalContext: Int?

    init(configuration: ConfigurationReader, headWidth: Int, base: Double) {
        self.configuration = configuration
        self.headWidth = headWidth
        self.base = base
    }

    /// An object that is there and says something.
    private func object(_ name: String) throws(EngineError) -> ConfigurationReader? {
        guard let object = try configuration.object(ifThere: name), object.value.object?.count != 0 else { return nil }
        return object
    }

    /// Whether anything but a base is said.
    var isSaid: Bool {
        get throws(EngineError) {
            let (scaling, parameters) = (try object("rope_scaling"), try object("rope_parameters"))
            return scaling != nil || parameters != nil
        }
    }

    /// The same for all layers.
    func one() throws(EngineError) -> RotaryShape {
        let (scaling, parameters) = (try object("rope_scaling"), try object("rope_parameters"))
        // Beside `rope_parameters` the older base is not heeded.
        let older = scaling == nil && parameters != nil ? nil : try configuration.number(ifThere: "rope_theta")
        return try shape(scaling ?? parameters, base: older ?? base)
    }

    /// - Parameters:
    ///   - base: where `parameters` have none.
    ///   - isNested: whether other layers have parameters of their own. Then what stands outside is not heeded, nor is `truncate`.
    func shape(_ parameters: ConfigurationReader?, base: Double, isNested: Bool = false) throws(EngineError) -> RotaryShape {
        let (ownPart, part) = (try parameters?.number(ifThere: "partial_rotary_factor"), try configuration.number(ifThere: "partial_rotary_factor"))
        let width = try turned(ownPart ?? part ?? 1)
        let ownBase = try parameters?.number(ifThere: "rope_theta")
        let scaling = try parameters.map { parameters throws(EngineError) in try self.scaling(parameters, isNested: isNested) }
        return RotaryShape(width: width, base: ownBase ?? base, scaling: scaling ?? RotaryShape.Scaling.none, pairing: .halves)
    }

    /// Elements of a head that are turned, of which `part` is the fraction.
    private func turned(_ part: Double) throws(EngineError) -> Int {
        guard part != 1 else { return headWidth }
        guard allowsPart else { throw EngineError(.unsupportedModel, "config.json: this value of partial_rotary_factor is not supported") }
        guard part > 0, part < 1, (0...(1 << 16)).contains(headWidth) else {
            throw EngineError(.malformedModel, "config.json: a partial_rotary_factor of \(part) is impossible")
        }
        return Int(Double(headWidth) * part)
    }

    private func scaling(_ parameters: ConfigurationReader, isNested: Bool) throws(EngineError) -> RotaryShape.Scaling {
        let (type, olderType) = (try parameters.string(ifThere: "rope_type"), try parameters.string(ifThere: "type"))
        let named = type ?? olderType ?? "default"
        guard let kind = kinds[named] else {
            throw EngineError(.unsupportedModel, "RoPE scaling \"\(EngineError.shown(named))\" is not supported")
        }
        func expect(_ keys: String...) throws(EngineError) {
            try parameters.refuse(besides: Set(keys).union(["rope_type", "type", "rope_theta", "partial_rotary_factor", "factor"]))
        }
        let context = try configuration.integer("max_position_embeddings")
        let outside = isNested ? nil : try configuration.integer(ifThere: "original_max_position_embeddings")
        let inside = try parameters.integer(ifThere: "original_max_position_embeddings")
        let original = outside ?? inside ?? originalContext ?? context
        switch kind {
        case .plain:
            // A factor without a kind of scaling has no effect.
            try expect()
            return .none
        case .linear:
            try expect()
            return .linear(factor: try parameters.number("factor"))
        case .dynamic:
            try expect()
            return .dynamic(factor: try parameters.number("factor"), originalContext: context)
        case .llama3:
            try expect("low_freq_factor", "high_freq_factor", "original_max_position_embeddings")
            return .llama3(
                factor: try parameters.number("factor"), lowFactor: try parameters.number("low_freq_factor"),
                highFactor: try parameters.number("high_freq_factor"), originalContext: original)
        case .yarn:
            try expect("original_max_position_embeddings", "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate")
            let factor = try parameters.number(ifThere: "factor") ?? Double(context) / Double(original)
            let truncates = try parameters.flag("truncate", default: true)
            let (fast, slow) = (try parameters.number(ifThere: "beta_fast"), try parameters.number(ifThere: "beta_slow"))
            let attention = try parameters.number(ifThere: "attention_factor")
            let (scale, allScale) = (try parameters.number(ifThere: "mscale") ?? 0, try parameters.number(ifThere: "mscale_all_dim") ?? 0)
            let standard =
                scale != 0 && allScale != 0
                ? Self.magnitude(factor, times: scale) / Self.magnitude(factor, times: allScale) : Self.magnitude(factor)
            return .yarn(
                factor: factor, fast: fast ?? 32, slow: slow ?? 1, originalContext: original, attentionFactor: attention ?? standard,
                truncates: truncates || isNested)
        case .long:
            try expect("original_max_position_embeddings", "attention_factor", "short_factor", "long_factor")
            guard let short = try parameters.numbers(ifThere: "short_factor"), let long = try parameters.numbers(ifThere: "long_factor") else {
                throw EngineError(.malformedModel, "config.json: LongRoPE without its short_factor and long_factor")
            }
            let factor = try parameters.number(ifThere: "factor") ?? Double(context) / Double(original)
            let attention = try parameters.number(ifThere: "attention_factor")
            let standard = factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot()
            return .long(short: short, long: long, originalContext: original, attentionFactor: attention ?? standard)
        }
    }

    /// YaRN's factor on cosine and sine (Peng et al. 2023, equation 22).
    static func magnitude(_ factor: Double, times scale: Double = 1) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }

    /// The context that a model has with its embeddings: a base that grows with the sequence is there for longer ones.
    static func stretched(_ context: Int, _ rotaries: [RotaryShape]) -> Int {
        rotaries.reduce(context) { context, rotary in
            guard case .dynamic(let factor, let original) = rotary.scaling else { return context }
            return max(context, Int(min(Double(1 << 24), max(0, Double(original) * factor))))
        }
    }
}
