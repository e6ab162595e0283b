import CanonicalEncoding
import DatasetFormats
import EngineProtocol
import WeightFormats

/// Raw numbers of a tensor: the bits that are stored, and what they stand for.
package enum TensorNumbers {
    /// Bits as hexadecimal of the type's own width; values as the shortest digits that read back as the same float32,
    /// which every stored number of a weight is exactly; integers in full.
    package static func view(of values: TensorValues, named name: String) -> JSONValue {
        let digits = max(1, values.width / 4)
        let type = TensorType(named: values.type)
        func value(_ stored: Int, _ float: Float) -> String {
            type.flatMap { StoredValues.integer(UInt32(truncatingIfNeeded: stored), type: $0) } ?? "\(float)"
        }
        var view: JSONObject = [
            "name": .string(VisibleText.line(name)), "type": .string(VisibleText.line(values.type)),
            "shape": .string(values.shape.map(String.init).joined(separator: " × ")), "from": .integer(Int64(values.from)),
            "total": .integer(values.shape.reduce(Int64(1)) { $0.multipliedReportingOverflow(by: Int64($1)).partialValue }),
            "rows": .array(
                zip(values.stored, values.values).enumerated().map { offset, pair in
                    [
                        "number": .integer(Int64(values.from + offset)), "stored": .string(hex(pair.0, digits)),
                        "value": .string(value(pair.0, pair.1)),
                    ]
                }),
        ]
        if !values.scales.isEmpty {
            view["scales"] = .array(
                values.scales.map { block in
                    var scale: JSONObject = ["start": .integer(Int64(block.start)), "scale": .string("\(block.scale)")]
                    scale["minimum"] = block.minimum.map { .string("\($0)") }
                    return .object(scale)
                })
        }
        return .object(view)
    }

    private static func hex(_ bits: Int, _ digits: Int) -> String {
        let text = String(bits, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
