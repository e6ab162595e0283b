/// Puts the tensors of a table together to weights.
struct SchemeCollector {
    private let order: [StoredTensor]
    private let tensors: [String: StoredTensor]
    /// By the tensor that comes first of each.
    private var schemes: [String: LogicalWeight] = [:]
    private var claimed: Set<String> = []
    private(set) var ignored: [LogicalWeights.Ignored] = []

    init(_ table: WeightTable) {
        order = table.containers.flatMap { container in container.tensors.map { StoredTensor($0, in: container) } }
        // No name is there twice: the table was checked for that.
        tensors = Dictionary(order.map { ($0.info.name, $0) }) { first, _ in first }
    }

    var weights: [LogicalWeight] {
        order.compactMap { tensor in
            schemes[tensor.info.name] ?? (claimed.contains(tensor.info.name) ? nil : LogicalWeight(tensor))
        }
    }

    private mutating func add(_ name: String, _ scheme: any WeightScheme) throws(WeightError) {
        for part in scheme.parts {
            guard claimed.insert(part.info.name).inserted else {
                throw WeightError(.badScheme, "it would be part of two weights, \(name) and another", tensor: part.info.name)
            }
        }
        guard let first = scheme.parts.first else { return }
        // A plain tensor of the weight's own name would be a second one.
        guard tensors[name] == nil || first.info.name == name else {
            throw WeightError(.badScheme, "this weight is there twice: as it is, and quantised as \(first.info.name)", tensor: name)
        }
        schemes[first.info.name] = LogicalWeight(name, scheme)
    }

    private mutating func ignore(_ tensor: StoredTensor, _ reason: String) {
        claimed.insert(tensor.info.name)
        ignored.append(.init(tensor: tensor.info, reason: reason))
    }

    private func part(_ name: String, of whole: StoredTensor) throws(WeightError) -> StoredTensor {
        guard let part = tensors[name] else {
            throw WeightError(.badScheme, "its other part, \(name), is missing", tensor: whole.info.name)
        }
        return part
    }

    /// Parts that are left over belong to a weight that is not there.
    private func refuseLeftOver(_ suffixes: [String], of whole: String) throws(WeightError) {
        for tensor in order where !claimed.contains(tensor.info.name) {
            if let suffix = suffixes.first(where: { tensor.info.name.hasSuffix($0) }) {
                throw WeightError(.badScheme, "the weight that it is part of is missing: \(tensor.info.name.dropLast(suffix.count))\(whole)", tensor: tensor.info.name)
            }
        }
    }

    // MARK: Packed integers

    mutating func gptq(_ settings: GPTQMatrix.Settings) throws(WeightError) {
        for tensor in order {
            guard let module = tensor.info.name.without(suffix: ".qweight") else { continue }
            try add(
                module + ".weight",
                GPTQMatrix(
                    qweight: tensor, qzeros: part(module + ".qzeros", of: tensor), scales: part(module + ".scales", of: tensor),
                    indices: tensors[module + ".g_idx"], settings))
        }
        try refuseLeftOver([".qzeros", ".g_idx"], of: ".qweight")
    }

    mutating func awq(_ settings: QuantizationSettings.AWQSettings) throws(WeightError) {
        for tensor in order {
            guard let module = tensor.info.name.without(suffix: ".qweight") else { continue }
            guard !settings.skipped.contains(module) else {
                throw WeightError(
                    .badScheme, "it is quantised, where modules_to_not_convert says that it is not, so programs would disagree on what it is",
                    tensor: tensor.info.name)
            }
            try add(
                module + ".weight",
                AWQMatrix(
                    qweight: tensor, qzeros: part(module + ".qzeros", of: tensor), scales: part(module + ".scales", of: tensor),
                    group: settings.group))
        }
        try refuseLeftOver([".qzeros"], of: ".qweight")
    }

    // MARK: Four-bit floats

    mutating func mxfp4() throws(WeightError) {
        for tensor in order {
            guard let name = tensor.info.name.without(suffix: "_blocks") else { continue }
            try add(name, MXFP4Experts(blocks: tensor, scales: part(name + "_scales", of: tensor)))
        }
        try refuseLeftOver(["_scales"], of: "_blocks")
    }

    // MARK: Eight-bit floats

    /// What a runtime multiplies activations by before it makes FP8 of them. Here they stay in single precision, so that no scale
    /// applies.
    private static let activationScales = [
        ".input_scale", ".output_scale", ".input_scale_ub", ".activation_scale", "_activation_scale", ".qscale_act", ".q_scale", ".k_scale",
        ".v_scale",
    ]

    mutating func float8(_ settings: QuantizationSettings.Float8Settings) throws(WeightError) {
        for tensor in order where tensor.info.type == .f8_e4m3 || tensor.info.type == .f8_e5m2 {
            let name = tensor.info.name, module = name.without(suffix: ".weight")
            // The last two are what some models' first releases call them (DeepSeek V4, Mistral Large 4).
            let candidates = [name + "_scale_inv", name + "_scale"] + (module.map { [$0 + ".scale", $0 + ".qscale_weight"] } ?? [])
            let scales = candidates.compactMap { tensors[$0] }
            let isSkipped = settings.skipped.contains(module ?? name)
            guard scales.count <= 1, let scale = scales.first else {
                if scales.isEmpty, isSkipped { continue }
                throw WeightError(
                    .badScheme, scales.isEmpty
                        ? "an FP8 weight without its scales: neither \(candidates[0]) nor \(candidates[1]) is there"
                        : "an FP8 weight with two tensors of scales, \(scales[0].info.name) and \(scales[1].info.name)", tensor: name)
            }
            guard !isSkipped else {
                throw WeightError(
                    .badScheme, "it has scales, where the configuration says that its module was not quantised, so programs would disagree on "
                        + "what it is", tensor: name)
            }
            if let zeros = tensors[name + "_zero_point"] {
                throw WeightError(.unsupportedScheme, "FP8 weights with zero points are not read", tensor: zeros.info.name)
            }
            try add(name, ScaledFloat8(tensor, scales: scale, blocks: settings.blocks))
        }
        for tensor in order where !claimed.contains(tensor.info.name) {
            let name = tensor.info.name
            if let weight = name.without(suffix: "_scale_inv") ?? (name.hasSuffix(".weight_scale") ? name.without(suffix: "_scale") : nil) {
                guard let other = tensors[weight] else {
                    throw WeightError(.badScheme, "the weight that these scales are for, \(weight), is missing", tensor: name)
                }
                throw WeightError(.badScheme, "scales for a weight of type \(other.info.type.name), which is not FP8: \(weight)", tensor: name)
            }
            if Self.activationScales.contains(where: { name.hasSuffix($0) }), StoredScales.types.contains(tensor.info.type) {
                ignore(tensor, "it scales activations for FP8 arithmetic; activations are in single precision here")
            }
        }
    }
}

extension String {
    /// Nil where it does not end so. Tensors' names are ASCII.
    fileprivate func without(suffix: String) -> String? { hasSuffix(suffix) ? String(dropLast(suffix.utf8.count)) : nil }
}
