/// Lower-case hexadecimal (RFC 4648, section 8, but one case only, so that a digest has one spelling).
package enum Hex {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the digits to text that is being written.
    package static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * bytes.count) { digits in
            write(bytes, to: digits)
            text.append(contentsOf: digits)
        }
    }

    /// Writes the digits to a buffer that has room for two a byte.
    package static func write(_ bytes: UnsafeRawBufferPointer, to digits: UnsafeMutableBufferPointer<UInt8>) {
        precondition(digits.count >= 2 * bytes.count, "two digits a byte")
        for (index, byte) in bytes.enumerated() {
            digits[2 * index] = digit(byte >> 4)
            digits[2 * index + 1] = digit(byte & 15)
        }
    }

    /// Whether `text` is what `encode` makes of `bytes`; without an allocation.
    package static func isEncoding(_ text: UnsafeRawBufferPointer, of bytes: UnsafeRawBufferPointer) -> Bool {
        guard text.count == 2 * bytes.count else { return false }
        return bytes.indices.allSatisfy { index in
            text[2 * index] == digit(bytes[index] >> 4) && text[2 * index + 1] == digit(bytes[index] & 15)
        }
    }

    /// The bytes, or nil when `text` is of odd length or has anything but 0-9 and a-f.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(of: digits[index]), let low = value(of: digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    static func value(of digit: UInt8, anyCase: Bool = false) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F") where anyCase: digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

/// Base64 with the standard alphabet (RFC 4648, section 4). Decoding is strict: no white space, padding
/// exactly as asked for, and no stray bits after the last byte, so that bytes have one spelling.
package enum Base64 {
    package static func encode(_ bytes: some Collection<UInt8>, padding: Bool = true) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(6 - bits) & 63)]) }
        if padding { while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) } }
        return String(decoding: text, as: UTF8.self)
    }

    package static func decode(_ text: String, padding: Bool = true) -> [UInt8]? { decode(Array(text.utf8)[...], padding: padding) }

    /// The same of a text's bytes.
    package static func decode(_ text: ArraySlice<UInt8>, padding: Bool = true) -> [UInt8]? {
        var digits = text
        if padding {
            guard digits.count.isMultiple(of: 4) else { return nil }
            if digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
            if digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        var isBad = false
        let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 4 * 3 + 2) { bytes, count in
            digits.withUnsafeBufferPointer { isBad = !decode($0, to: bytes, &count) }
        }
        return isBad ? nil : bytes
    }

    /// False for what is no digit, and for stray bits after the last byte.
    private static func decode(_ digits: UnsafeBufferPointer<UInt8>, to bytes: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) -> Bool {
        values.withUnsafeBufferPointer { values in
            // What is no digit has more than six bits.
            var all: UInt8 = 0
            func value(_ place: Int) -> UInt32 {
                let value = values[Int(digits[place])]
                all |= value
                return UInt32(value)
            }
            let whole = digits.count & ~3
            for place in stride(from: 0, to: whole, by: 4) {
                let three = value(place) << 18 | value(place + 1) << 12 | value(place + 2) << 6 | value(place + 3)
                bytes[count] = UInt8(truncatingIfNeeded: three >> 16)
                bytes[count + 1] = UInt8(truncatingIfNeeded: three >> 8)
                bytes[count + 2] = UInt8(truncatingIfNeeded: three)
                count += 3
            }
            guard whole < digits.count else { return all < 64 }
            // Two digits hold a byte and four bits that are zeros, three hold two bytes and two bits.
            let isThree = digits.count - whole == 3
            let rest = value(whole) << 18 | value(whole + 1) << 12 | (isThree ? value(whole + 2) << 6 : 0)
            bytes[count] = UInt8(truncatingIfNeeded: rest >> 16)
            if isThree { bytes[count + 1] = UInt8(truncatingIfNeeded: rest >> 8) }
            count += isThree ? 2 : 1
            return all < 64 && rest & (isThree ? 0xFF : 0xFFFF) == 0
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()
}
