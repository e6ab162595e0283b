import CanonicalEncoding

/// Asks by what a tensor of the second file opened differs from that of the same name in the first.
package struct TensorComparisonRequest: Hashable, Sendable {
    package var name: String
    /// Singular values of the difference, 0 for none, at most `TensorSpectrumRequest.maximumCount`.
    package var spectrumCount: Int
    package var seed: UInt64

    package init(name: String, spectrumCount: Int = 0, seed: UInt64 = 0) {
        self.name = name
        self.spectrumCount = spectrumCount
        self.seed = seed
    }
}

/// The difference Δ = B − A of two tensors of one shape, over their dequantised values.
package struct TensorComparison: Hashable, Sendable {
    package var elementCount: Int
    /// Stored the same way, byte for byte the same; then nothing else is filled in.
    package var isIdentical: Bool
    /// Elements that differ.
    package var differingCount: Int
    /// Places where one of the two is not finite; they are left out of what follows.
    package var notFiniteCount: Int
    /// max |Δ|.
    package var largest: Double
    /// ‖Δ‖_F.
    package var norm: Double
    /// ‖A‖_F.
    package var firstNorm: Double
    /// ‖B‖_F.
    package var secondNorm: Double
    /// Of the angle between A and B.
    package var cosine: Double
    /// What Δ's largest singular value would be if Δ were only the rounding of both to their types; 0 for no matrix.
    package var roundingFloor: Double
    package var spectrum: TensorSpectrum?

    package init(
        elementCount: Int, isIdentical: Bool, differingCount: Int, notFiniteCount: Int, largest: Double, norm: Double,
        firstNorm: Double, secondNorm: Double, cosine: Double, roundingFloor: Double, spectrum: TensorSpectrum?
    ) {
        self.elementCount = elementCount
        self.isIdentical = isIdentical
        self.differingCount = differingCount
        self.notFiniteCount = notFiniteCount
        self.largest = largest
        self.norm = norm
        self.firstNorm = firstNorm
        self.secondNorm = secondNorm
        self.cosine = cosine
        self.roundingFloor = roundingFloor
        self.spectrum = spectrum
    }
}

extension TensorComparisonRequest: WireMessage {
    package var json: JSONValue {
        ["name": .string(name), "spectrumCount": .count(spectrumCount), "seed": .exact(seed)]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["name", "spectrumCount", "seed"])
        self.init(
            name: try field.field("name").string(maxBytes: 1024),
            spectrumCount: try field.field("spectrumCount").count(in: 0...TensorSpectrumRequest.maximumCount),
            seed: try field.field("seed").exactBits())
    }
}

extension TensorComparison: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = [
            "elementCount": .count(elementCount), "isIdentical": .bool(isIdentical), "differingCount": .count(differingCount),
            "notFiniteCount": .count(notFiniteCount), "largest": .exact(largest), "norm": .exact(norm),
            "firstNorm": .exact(firstNorm), "secondNorm": .exact(secondNorm), "cosine": .exact(cosine),
            "roundingFloor": .exact(roundingFloor),
        ]
        object["spectrum"] = spectrum?.json
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "elementCount", "isIdentical", "differingCount", "notFiniteCount", "largest", "norm", "firstNorm", "secondNorm",
            "cosine", "roundingFloor", "spectrum",
        ])
        func count(_ name: String) throws(JSONFieldError) -> Int { try field.field(name).count(in: 0...WireLimits.integer) }
        func figure(_ name: String) throws(JSONFieldError) -> Double { try field.field(name).exactDouble() }
        var spectrum: TensorSpectrum?
        if let found = try field.optional("spectrum") { spectrum = try TensorSpectrum(found) }
        self.init(
            elementCount: try count("elementCount"), isIdentical: try field.field("isIdentical").bool(),
            differingCount: try count("differingCount"), notFiniteCount: try count("notFiniteCount"),
            largest: try figure("largest"), norm: try figure("norm"), firstNorm: try figure("firstNorm"),
            secondNorm: try figure("secondNorm"), cosine: try figure("cosine"), roundingFloor: try figure("roundingFloor"),
            spectrum: spectrum)
    }
}
