/// Sizes as people write them.
package enum ByteSize {
    /// Bytes, such as 4700000000; or a number with K, M, G or T, powers of 1000 as media are sold; or with KiB, MiB, GiB or TiB, powers
    /// of 1024. Nil for anything else, and for nothing.
    package static func parse(_ text: String) -> Int? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits), number > 0 else { return nil }
        let unit = text.dropFirst(digits.count)
        guard !unit.isEmpty else { return number }
        let letters = ["K", "M", "G", "T"]
        guard let power = letters.firstIndex(of: String(unit.prefix(1))) else { return nil }
        let base =
            switch unit.dropFirst() {
            case "", "B": 1000
            case "iB": 1024
            default: 0
            }
        var size = number
        for _ in 0...power {
            let (product, overflows) = size.multipliedReportingOverflow(by: base)
            guard !overflows else { return nil }
            size = product
        }
        return size > 0 ? size : nil
    }
}
