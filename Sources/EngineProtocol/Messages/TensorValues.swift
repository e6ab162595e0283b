import CanonicalEncoding

/// Asks for numbers of one tensor of the first file opened, in row-major order.
package struct TensorValuesRequest: Hashable, Sendable {
    package static let maximumCount = 4096

    package var name: String
    package var from: Int
    /// 1 to `maximumCount`.
    package var count: Int

    package init(name: String, from: Int, count: Int) {
        self.name = name
        self.from = from
        self.count = count
    }
}

/// Numbers as they are stored, and as they are meant.
package struct TensorValues: Hashable, Sendable {
    /// What numbers of a quantised type have in common: value = level · scale + minimum, where the type says which level a stored
    /// integer stands for.
    package struct Scale: Hashable, Sendable {
        /// The place in the tensor of the first of them.
        package var start: Int
        package var scale: Float
        package var minimum: Float?

        package init(start: Int, scale: Float, minimum: Float?) {
            self.start = start
            self.scale = scale
            self.minimum = minimum
        }
    }

    package var type: String
    package var shape: [Int]
    package var from: Int
    /// Bits that the type gives one number.
    package var width: Int
    /// Each number's stored bits.
    package var stored: [Int]
    /// Each number dequantised.
    package var values: [Float]
    package var scales: [Scale]

    package init(type: String, shape: [Int], from: Int, width: Int, stored: [Int], values: [Float], scales: [Scale]) {
        self.type = type
        self.shape = shape
        self.from = from
        self.width = width
        self.stored = stored
        self.values = values
        self.scales = scales
    }

    /// NaN is equal to the NaN with its bits.
    package static func == (one: TensorValues, other: TensorValues) -> Bool { one.json == other.json }
    package func hash(into hasher: inout Hasher) { hasher.combine(json) }
}

extension TensorValuesRequest: WireMessage {
    package var json: JSONValue { ["name": .string(name), "from": .count(from), "count": .count(count)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["name", "from", "count"])
        self.init(
            name: try field.field("name").string(maxBytes: 1024), from: try field.field("from").count(in: 0...WireLimits.integer),
            count: try field.field("count").count(in: 1...Self.maximumCount))
    }
}

extension TensorValues: WireMessage {
    package var json: JSONValue {
        [
            "type": .string(type), "shape": .tokens(shape), "from": .count(from), "width": .count(width),
            "stored": .tokens(stored), "values": .exact(values), "scales": .array(of: scales),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["type", "shape", "from", "width", "stored", "values", "scales"])
        func counts(_ name: String, maxCount: Int, _ range: ClosedRange<Int>) throws(JSONFieldError) -> [Int] {
            var counts: [Int] = []
            for element in try field.field(name).array(maxCount: maxCount) { counts.append(try element.count(in: range)) }
            return counts
        }
        let values = try field.field("values")
        let stored = try counts("stored", maxCount: TensorValuesRequest.maximumCount, 0...Int(UInt32.max))
        let floats = try values.exactFloats()
        guard floats.count == stored.count else { throw values.failure("\(floats.count) numbers for \(stored.count) stored ones") }
        self.init(
            type: try field.field("type").string(maxBytes: 32), shape: try counts("shape", maxCount: 8, 0...WireLimits.integer),
            from: try field.field("from").count(in: 0...WireLimits.integer), width: try field.field("width").count(in: 1...32),
            stored: stored, values: floats, scales: try Scale.array(field.field("scales"), maxCount: TensorValuesRequest.maximumCount + 1))
    }
}

extension TensorValues.Scale: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = ["start": .count(start), "scale": .exact([scale])]
        object["minimum"] = minimum.map { .exact([$0]) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["start", "scale", "minimum"])
        func float(_ field: JSONField) throws(JSONFieldError) -> Float {
            let floats = try field.exactFloats()
            guard floats.count == 1 else { throw field.failure("one number was expected") }
            return floats[0]
        }
        var minimum: Float?
        if let field = try field.optional("minimum") { minimum = try float(field) }
        self.init(
            start: try field.field("start").count(in: 0...WireLimits.integer), scale: try float(field.field("scale")), minimum: minimum)
    }
}
