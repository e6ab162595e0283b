/// Gemma 3 (Kamath et al. 2025, "Gemma 3 Technical Report"), its text model: Gemma 2 with normalised queries and keys in place of capped
/// scores, five layers with windows to one without, and another position embedding in each of the two kinds.
enum Gemma3 {
    static let architecture = Architecture(
        modelTypes: ["gemma3_text"], ggufNames: ["gemma3"],
        configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try Gemma2.common(configuration, rotaryBase: 1e6) { reader throws(EngineError) in try rotaries(reader) }
        // `attn_logit_softcapping` has no effect in this family.
        model.shape.logitSoftcap = try configuration.number(ifThere: "final_logit_softcapping").map { Float($0) }
        let pattern = try configuration.integer(ifThere: "sliding_window_pattern") ?? 6
        guard pattern > 0 else { throw configuration.malformed("a sliding_window_pattern of \(pattern) is impossible") }
        try configuration.setWindows(&model, configuration.window(absent: 4096)) { ($0 + 1) % pattern != 0 }
        finish(&model)
        return model
    }

    /// Of layers without a window and with one.
    private static func rotaries(_ reader: RotaryReader) throws(EngineError) -> [RotaryShape] {
        let configuration = reader.configuration
        let scaling = try configuration.object(ifThere: "rope_scaling")
        let (base, localBase) = (try configuration.number(ifThere: "rope_theta"), try configuration.number(ifThere: "rope_local_base_freq"))
        var full = scaling, sliding: ConfigurationReader?
        if let parameters = try configuration.object(ifThere: "rope_parameters") {
            try parameters.refuse(besides: ["full_attention", "sliding_attention"])
            guard scaling == nil else {
                throw EngineError(.unsupportedModel, "config.json: rope_scaling beside rope_parameters is not supported in this family")
            }
            (full, sliding) = (try parameters.object(ifThere: "full_attention"), try parameters.object(ifThere: "sliding_attention"))
        }
        return [
            try reader.shape(full, base: base ?? reader.base, isNested: true), try reader.shape(sliding, base: localBase ?? 10_000, isNested: true),
        ]
    }

    private static func finish(_ model: inout ModelDescription) {
        model.shape.queryKeyNorm = .head
        for (number, layer) in model.shape.layers.enumerated() where layer.window != nil { model.shape.layers[number].rotary = 1 }
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        let window = "attention.sliding_window", pattern = "attention.sliding_window_pattern"
        var model = try Gemma2.common(metadata, besides: [window, pattern, "rope.freq_base_swa"], largest: 62) { headWidth throws(EngineError) in
            let localBase = try metadata.number(ifThere: "rope.freq_base_swa") ?? 10_000
            return [
                try metadata.rotary(headWidth: headWidth, pairing: .halves), RotaryShape(width: headWidth, base: localBase, pairing: .halves),
            ]
        }
        model.shape.logitSoftcap = try metadata.number(ifThere: "final_logit_softcapping").map { Float($0) }
        let slides = try metadata.slidingLayers(pattern, count: model.shape.layers.count)
        let tokens = try metadata.integer(window)
        for number in model.shape.layers.indices where slides?[number] ?? (number % 6 != 5) { model.shape.layers[number].window = tokens }
        finish(&model)
        return model
    }
}

extension MetadataReader {
    /// Which layers slide: all but the last of every so many, or each by itself; nil where the key is not there.
    fileprivate func slidingLayers(_ name: String, count: Int) throws(EngineError) -> [Bool]? {
        guard let value = metadata[key(name)] else { return nil }
        if let array = value.array {
            let flags = (0..<min(count, array.count)).compactMap { array[$0].bool }
            guard flags.count == count, array.count == count else {
                throw EngineError(.malformedModel, "\(key(name)) does not say of each of \(count) layers whether it slides")
            }
            return flags
        }
        guard let period = try integer(ifThere: name), period > 0 else {
            throw EngineError(.malformedModel, "the GGUF file's \(key(name)) is impossible")
        }
        return (0..<count).map { ($0 + 1) % period != 0 }
    }
}
