import CanonicalEncoding

/// What was measured on one item. Most metrics are a number; some are only worked out from all items together, and what
/// an item brings to that is kept.
package enum MetricValue: Hashable, Sendable {
    case number(Double)
    /// A sum and what it is divided by: a log-likelihood and its words or bytes.
    case ratio(Double, count: Int)
    /// The right class, and the one that was picked.
    case classes(right: Int, picked: Int)
    /// The right choice, and each choice's probability.
    case probabilities(right: Int, [Double])
    /// What should have been written, and what was.
    case texts(references: [String], written: String)

    package var number: Double? { if case .number(let value) = self { value } else { nil } }
}

extension MetricValue {
    /// In a record that is digested: whole numbers as integers, all others as the hexadecimal of their IEEE 754 bits.
    var json: JSONValue {
        switch self {
        case .number(let value): Self.exact(value)
        case .ratio(let sum, let count): ["sum": Self.exact(sum), "count": .integer(Int64(count))]
        case .classes(let right, let picked): ["right": .integer(Int64(right)), "picked": .integer(Int64(picked))]
        case .probabilities(let right, let values): ["right": .integer(Int64(right)), "probabilities": .array(values.map(Self.exact))]
        case .texts(let references, let written):
            ["references": .array(references.map { .string($0) }), "written": .string(written)]
        }
    }

    /// As lm-evaluation-harness writes it into its sample log.
    var harnessJSON: JSONValue {
        switch self {
        case .number(let value): .number(value)
        case .ratio(let sum, let count): [.number(sum), .integer(Int64(count))]
        case .classes(let right, let picked): [.integer(Int64(right)), .integer(Int64(picked))]
        case .probabilities(let right, let values): [.integer(Int64(right)), .array(values.map { .number($0) })]
        case .texts(let references, let written):
            [references.count == 1 ? .string(references[0]) : .array(references.map { .string($0) }), .string(written)]
        }
    }

    private static func exact(_ value: Double) -> JSONValue {
        if let integer = Int64(exactly: value), integer.magnitude < 1 << 53, value.sign == .plus || value != 0 { return .integer(integer) }
        return .string(ExactNumber.hex(value.bitPattern))
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        guard case .object(let object) = field.value else {
            self = .number(try Self.number(field))
            return
        }
        let keys = Set(object.keys)
        switch true {
        case keys.contains("sum"):
            try field.allow(only: ["sum", "count"])
            self = .ratio(try Self.number(field.field("sum")), count: Int(try field.field("count").integer(in: 0...1 << 40)))
        case keys.contains("picked"):
            try field.allow(only: ["right", "picked"])
            self = .classes(right: try Self.index(field.field("right")), picked: try Self.index(field.field("picked")))
        case keys.contains("probabilities"):
            try field.allow(only: ["right", "probabilities"])
            var values: [Double] = []
            for element in try field.field("probabilities").array(maxCount: 1024) { values.append(try Self.number(element)) }
            self = .probabilities(right: try Self.index(field.field("right")), values)
        default:
            try field.allow(only: ["references", "written"])
            var references: [String] = []
            for element in try field.field("references").array(maxCount: SampleRecord.limits.maxValues) {
                references.append(try element.string(maxBytes: SampleRecord.limits.maxBytes))
            }
            self = .texts(references: references, written: try field.field("written").string(maxBytes: SampleRecord.limits.maxBytes))
        }
    }

    private static func index(_ field: JSONField) throws(JSONFieldError) -> Int { Int(try field.integer(in: -100...1 << 20)) }

    private static func number(_ field: JSONField) throws(JSONFieldError) -> Double {
        if case .integer(let value) = field.value { return Double(value) }
        guard let bits = ExactNumber.uint64(try field.string(maxBytes: 16)) else {
            throw field.failure("an integer or 16 hexadecimal digits were expected")
        }
        return Double(bitPattern: bits)
    }
}
