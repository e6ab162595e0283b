import CanonicalEncoding

/// Asks for statistics of one tensor.
package struct TensorStatisticsRequest: Hashable, Sendable {
    package var name: String
    /// Bins of the histogram, 0 for none.
    package var histogramBins: Int

    package init(name: String, histogramBins: Int = 0) {
        self.name = name
        self.histogramBins = histogramBins
    }
}

/// Statistics over a tensor's dequantised values. Infinities and NaN are counted and left out of everything else;
/// with no finite value the five figures are 0.
package struct TensorStatistics: Hashable, Sendable {
    package var name: String
    package var type: String
    package var shape: [Int]
    package var elementCount: Int
    package var minimum: Double
    package var maximum: Double
    package var mean: Double
    /// The population's: divided by n.
    package var standardDeviation: Double
    /// √Σx²: of a matrix, the Frobenius norm.
    package var norm: Double
    package var zeroCount: Int
    package var nanCount: Int
    package var infinityCount: Int
    /// Counts in equal bins from `minimum` to `maximum`, the last one closed; empty unless asked for.
    package var histogram: [Int]

    package init(
        name: String, type: String, shape: [Int], elementCount: Int, minimum: Double, maximum: Double, mean: Double,
        standardDeviation: Double, norm: Double, zeroCount: Int, nanCount: Int, infinityCount: Int, histogram: [Int] = []
    ) {
        self.name = name
        self.type = type
        self.shape = shape
        self.elementCount = elementCount
        self.minimum = minimum
        self.maximum = maximum
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.norm = norm
        self.zeroCount = zeroCount
        self.nanCount = nanCount
        self.infinityCount = infinityCount
        self.histogram = histogram
    }
}

extension TensorStatisticsRequest: WireMessage {
    package var json: JSONValue { ["name": .string(name), "histogramBins": .count(histogramBins)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["name", "histogramBins"])
        self.init(
            name: try field.field("name").string(maxBytes: 1024),
            histogramBins: try field.field("histogramBins").count(in: 0...1024))
    }
}

extension TensorStatistics: WireMessage {
    package var json: JSONValue {
        [
            "name": .string(name), "type": .string(type), "shape": .tokens(shape), "elementCount": .count(elementCount),
            "minimum": .exact(minimum), "maximum": .exact(maximum), "mean": .exact(mean),
            "standardDeviation": .exact(standardDeviation), "norm": .exact(norm), "zeroCount": .count(zeroCount),
            "nanCount": .count(nanCount), "infinityCount": .count(infinityCount), "histogram": .tokens(histogram),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "name", "type", "shape", "elementCount", "minimum", "maximum", "mean", "standardDeviation", "norm",
            "zeroCount", "nanCount", "infinityCount", "histogram",
        ])
        func counts(_ name: String, maxCount: Int) throws(JSONFieldError) -> [Int] {
            var counts: [Int] = []
            for element in try field.field(name).array(maxCount: maxCount) {
                counts.append(try element.count(in: 0...WireLimits.integer))
            }
            return counts
        }
        func count(_ name: String) throws(JSONFieldError) -> Int {
            try field.field(name).count(in: 0...WireLimits.integer)
        }
        func figure(_ name: String) throws(JSONFieldError) -> Double { try field.field(name).exactDouble() }
        self.init(
            name: try field.field("name").string(maxBytes: 1024), type: try field.field("type").string(maxBytes: 32),
            shape: try counts("shape", maxCount: 8), elementCount: try count("elementCount"),
            minimum: try figure("minimum"), maximum: try figure("maximum"), mean: try figure("mean"),
            standardDeviation: try figure("standardDeviation"), norm: try figure("norm"), zeroCount: try count("zeroCount"),
            nanCount: try count("nanCount"), infinityCount: try count("infinityCount"),
            histogram: try counts("histogram", maxCount: 1024))
    }
}
