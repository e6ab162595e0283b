/// How a GGUF file says that positions are embedded.
extension MetadataReader {
    private static let factors = "rope_freqs.weight"
    private static let longFactors = "rope_factors_long.weight"
    private static let shortFactors = "rope_factors_short.weight"

    /// - Parameters:
    ///   - hasFactors: whether the family may have a tensor with a factor of each frequency (Llama 3.1's scaling, worked out).
    ///   - truncates: whether YaRN's range is rounded to whole pairs; no key says it.
    func rotary(
        headWidth: Int, pairing: RotaryShape.Pairing, hasFactors: Bool = false, truncates: Bool = true
    ) throws(EngineError) -> RotaryShape {
        if let turned = try integer(ifThere: "rope.dimension_count"), turned != headWidth {
            throw EngineError(.unsupportedModel, "RoPE over \(turned) of \(headWidth) dimensions is not supported")
        }
        var shape = RotaryShape(
            width: headWidth, base: try number(ifThere: "rope.freq_base") ?? 10_000, scaling: try scaling(truncates: truncates), pairing: pairing)
        if hasFactors, table.tensor(Self.factors) != nil {
            guard shape.scaling == .none else {
                throw EngineError(.unsupportedModel, "RoPE scaling together with \(Self.factors) is not supported")
            }
            shape.scaling = .factors(try numbers(tensor: Self.factors, count: headWidth / 2))
        }
        return shape
    }

    /// As Phi-3 has it: over a part of the head, and with LongRoPE's two lists.
    func longRotary(headWidth: Int) throws(EngineError) -> RotaryShape {
        let width = try integer(ifThere: "rope.dimension_count") ?? headWidth
        let scaling = try scaling(truncates: true)
        var shape = RotaryShape(width: width, base: try number(ifThere: "rope.freq_base") ?? 10_000, pairing: .halves)
        guard scaling == .none else { throw EngineError(.unsupportedModel, "this RoPE scaling is not supported for \(name)") }
        let (original, context) = (try integer(ifThere: "rope.scaling.original_context_length"), try integer("context_length"))
        let attentionFactor = try number(ifThere: "rope.scaling.attn_factor")
        guard table.tensor(Self.longFactors) != nil || table.tensor(Self.shortFactors) != nil else {
            guard attentionFactor ?? 1 == 1 else {
                throw EngineError(.unsupportedModel, "\(key("rope.scaling.attn_factor")) without \(Self.longFactors) is not supported")
            }
            return shape
        }
        shape.scaling = .long(
            short: try numbers(tensor: Self.shortFactors, count: width / 2), long: try numbers(tensor: Self.longFactors, count: width / 2),
            originalContext: original ?? context, attentionFactor: attentionFactor ?? 1)
        return shape
    }

    private func scaling(truncates: Bool) throws(EngineError) -> RotaryShape.Scaling {
        let (factor, older) = (try number(ifThere: "rope.scaling.factor"), try number(ifThere: "rope.scale_linear"))
        let type = try string(ifThere: "rope.scaling.type")
        switch type {
        case "none"?: return .none
        case nil where (factor ?? older ?? 0) == 0: return .none
        case "linear"?, nil: return .linear(factor: factor ?? older ?? 0)
        case "yarn"?:
            let factor = try number("rope.scaling.factor")
            let (original, context) = (try integer(ifThere: "rope.scaling.original_context_length"), try integer("context_length"))
            let (fast, slow) = (try number(ifThere: "rope.scaling.yarn_beta_fast"), try number(ifThere: "rope.scaling.yarn_beta_slow"))
            return .yarn(
                factor: factor, fast: fast ?? 32, slow: slow ?? 1, originalContext: original ?? context,
                attentionFactor: RotaryReader.magnitude(factor), truncates: truncates)
        case let other?: throw EngineError(.unsupportedModel, "RoPE scaling \"\(EngineError.shown(other))\" is not supported")
        }
    }

    /// The tensors that an embedding was read from.
    static func tensors(of rotary: RotaryShape) -> [String] {
        switch rotary.scaling {
        case .factors: [factors]
        case .long: [shortFactors, longFactors]
        default: []
        }
    }
}
