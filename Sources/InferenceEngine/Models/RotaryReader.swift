/// Reads how positions are embedded.
enum RotaryReader {
    static func rotary(_ configuration: ConfigurationReader, headWidth: Int) throws(EngineError) -> RotaryShape {
        try configuration.expect("partial_rotary_factor", .number(1))
        // `transformers` 5 moved all of it into `rope_parameters`.
        let parameters = try configuration.object(ifThere: "rope_parameters")
        for scaling in [try configuration.object(ifThere: "rope_scaling"), parameters] {
            guard let scaling else { continue }
            let (kind, older) = (try scaling.string(ifThere: "rope_type"), try scaling.string(ifThere: "type"))
            let named = kind ?? older ?? "default"
            guard named == "default" else {
                throw EngineError(.unsupportedModel, "RoPE scaling \"\(EngineError.shown(named))\" is not supported")
            }
        }
        let (base, moved) = (try configuration.number(ifThere: "rope_theta"), try parameters?.number(ifThere: "rope_theta"))
        return RotaryShape(width: headWidth, base: base ?? moved ?? 10_000, pairing: .halves)
    }

    static func rotary(
        _ metadata: MetadataReader, headWidth: Int, pairing: RotaryShape.Pairing
    ) throws(EngineError) -> RotaryShape {
        if let scaling = metadata.metadata[metadata.key("rope.scaling.type")]?.string, scaling != "none" {
            throw EngineError(.unsupportedModel, "RoPE scaling \"\(EngineError.shown(scaling))\" is not supported")
        }
        if let rotated = try metadata.integer(ifThere: "rope.dimension_count"), rotated != headWidth {
            throw EngineError(.unsupportedModel, "RoPE over \(rotated) of \(headWidth) dimensions is not supported")
        }
        return RotaryShape(width: headWidth, base: try metadata.number(ifThere: "rope.freq_base") ?? 10_000, pairing: pairing)
    }
}
