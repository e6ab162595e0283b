/// A second in UTC, from 1970 to 9999.
package struct Timestamp: Hashable, Sendable {
    package let unixSeconds: Int64

    package init?(unixSeconds: Int64) {
        guard (0...253_402_300_799).contains(unixSeconds) else { return nil }
        self.unixSeconds = unixSeconds
    }

    /// Reads the one spelling that `rfc3339` writes.
    package init?(rfc3339 text: String) {
        let numbers = text.utf8.split { !(0x30...0x39).contains($0) }.compactMap { Int64(String($0) ?? "") }
        guard text.utf8.count == 20, numbers.count == 6, (1970...9999).contains(numbers[0]),
            let month = Int(exactly: numbers[1]), (1...12).contains(month)
        else { return nil }
        let days =
            (1970..<numbers[0]).reduce(0) { $0 + Self.monthLengths($1).reduce(0, +) }
            + Self.monthLengths(numbers[0]).prefix(month - 1).reduce(0, +) + numbers[2] - 1
        self.init(unixSeconds: days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
        guard rfc3339.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// `YYYY-MM-DDThh:mm:ssZ` (RFC 3339, section 5.6).
    package var rfc3339: String {
        var (year, month, days) = (Int64(1970), 0, unixSeconds / 86_400)
        while case let length = Self.monthLengths(year).reduce(0, +), days >= length {
            (year, days) = (year + 1, days - length)
        }
        while case let length = Self.monthLengths(year)[month], days >= length {
            (month, days) = (month + 1, days - length)
        }
        let two = { (value: Int64) in value < 10 ? "0\(value)" : "\(value)" }
        let seconds = unixSeconds % 86_400
        return "\(year)-\(two(Int64(month) + 1))-\(two(days + 1))"
            + "T\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
    }

    private static func monthLengths(_ year: Int64) -> [Int64] {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    }
}
