import CanonicalEncoding

/// Asks for the largest singular values of a matrix in the first file opened.
package struct TensorSpectrumRequest: Hashable, Sendable {
    package static let maximumCount = 64

    package var name: String
    /// 1 to `maximumCount`.
    package var count: Int
    /// Of the random start.
    package var seed: UInt64

    package init(name: String, count: Int, seed: UInt64 = 0) {
        self.name = name
        self.count = count
        self.seed = seed
    }
}

/// The largest singular values of a matrix.
package struct TensorSpectrum: Hashable, Sendable {
    package var rows: Int
    package var columns: Int
    /// Largest first.
    package var values: [Double]
    /// ‖A‖_F.
    package var norm: Double
    /// ‖A‖_F² / σ₁².
    package var stableRank: Double
    /// Passes over the matrix.
    package var steps: Int
    /// By how much the values grew in the last step, as a part of the largest; 0 where they are exact up to rounding.
    package var change: Double

    package init(
        rows: Int, columns: Int, values: [Double], norm: Double, stableRank: Double, steps: Int, change: Double
    ) {
        self.rows = rows
        self.columns = columns
        self.values = values
        self.norm = norm
        self.stableRank = stableRank
        self.steps = steps
        self.change = change
    }
}

extension TensorSpectrumRequest: WireMessage {
    package var json: JSONValue { ["name": .string(name), "count": .count(count), "seed": .exact(seed)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["name", "count", "seed"])
        self.init(
            name: try field.field("name").string(maxBytes: 1024),
            count: try field.field("count").count(in: 1...Self.maximumCount), seed: try field.field("seed").exactBits())
    }
}

extension TensorSpectrum: WireMessage {
    package var json: JSONValue {
        [
            "rows": .count(rows), "columns": .count(columns), "values": .array(values.map { .exact($0) }), "norm": .exact(norm),
            "stableRank": .exact(stableRank), "steps": .count(steps), "change": .exact(change),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["rows", "columns", "values", "norm", "stableRank", "steps", "change"])
        func count(_ name: String) throws(JSONFieldError) -> Int { try field.field(name).count(in: 0...WireLimits.integer) }
        var values: [Double] = []
        for value in try field.field("values").array(maxCount: TensorSpectrumRequest.maximumCount) { values.append(try value.exactDouble()) }
        self.init(
            rows: try count("rows"), columns: try count("columns"), values: values, norm: try field.field("norm").exactDouble(),
            stableRank: try field.field("stableRank").exactDouble(), steps: try count("steps"),
            change: try field.field("change").exactDouble())
    }
}
