/// A decimal number with its spelling: `0.95`, `12`, `-0.5`. It is signed and digested as text; the binary
/// value is only for comparing.
package struct DecimalText: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    package let double: Double

    /// - Returns: nil unless `text` is an optional minus sign, digits without a leading zero before the point,
    ///   and, after a point, one to twelve digits; at most 24 characters, and not "-0".
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 24 else { return nil }
        let digits = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = parts.first, !whole.isEmpty,
            whole.count == 1 || whole.first != UInt8(ascii: "0"),
            parts.count == 1 || (1...12).contains(parts[1].count),
            parts.allSatisfy({ $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }),
            let double = Double(text), !(double == 0 && bytes.first == UInt8(ascii: "-"))
        else { return nil }
        self.text = text
        self.double = double
    }

    package var description: String { text }

    /// `value` with exactly `places` digits after the point, rounded half to even on the binary value.
    /// - Returns: nil for what is not finite or is too large for that many places (beyond 2^53 units).
    package static func fixed(_ value: Double, places: Int = 6) -> String? {
        guard (0...12).contains(places) else { return nil }
        let unit = (0..<places).reduce(1.0) { unit, _ in unit * 10 }
        let scaled = (value * unit).rounded(.toNearestOrEven)
        guard scaled.magnitude <= 9_007_199_254_740_992, let units = Int64(exactly: scaled) else { return nil }
        let digits = String(units.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.utf8.count)) + digits
        let sign = units < 0 ? "-" : ""
        guard places > 0 else { return sign + padded }
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }

    package static func == (one: DecimalText, other: DecimalText) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension DecimalText {
    package static let zero = DecimalText(text: "0", double: 0)
    package static let one = DecimalText(text: "1", double: 1)
    package static let ninetyFivePercent = DecimalText(text: "0.95", double: 0.95)

    private init(text: String, double: Double) {
        self.text = text
        self.double = double
    }
}
