import CanonicalEncoding

/// Base64 between BEGIN and END lines (RFC 7468 section 3, strict; OpenSSH's signatures look the same).
package struct Armor: Sendable {
    private let begin: [UInt8]
    private let end: [UInt8]
    private let lineLength: Int

    /// `lineLength`: characters in a full line when writing; any split is read.
    package init(label: String, lineLength: Int) {
        (begin, end) = (Array("-----BEGIN \(label)-----".utf8), Array("-----END \(label)-----".utf8))
        self.lineLength = lineLength
    }

    package func encode(_ bytes: [UInt8]) -> String {
        let base64 = Array(Base64.encode(bytes).utf8)
        var text = begin
        for start in stride(from: 0, to: base64.count, by: lineLength) {
            text.append(UInt8(ascii: "\n"))
            text += base64[start..<min(start + lineLength, base64.count)]
        }
        return String(decoding: text, as: UTF8.self) + "\n" + String(decoding: end, as: UTF8.self) + "\n"
    }

    /// Nil unless the text is exactly one such block. Lines end in LF or CR LF; the last ending may be missing.
    package func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)) }

    package func decode(_ bytes: [UInt8]) -> [UInt8]? {
        var base64: [UInt8] = [], start = 0, lines = 0, isEnded = false
        base64.reserveCapacity(bytes.count)
        while start < bytes.count {
            guard !isEnded else { return nil }
            let stop = bytes.withUnsafeBytes { $0[start...].firstIndex(of: UInt8(ascii: "\n")) } ?? bytes.count
            let line = bytes[start..<(stop > start && bytes[stop - 1] == UInt8(ascii: "\r") ? stop - 1 : stop)]
            if lines == 0 {
                guard line == begin[...] else { return nil }
            } else if line == end[...] {
                isEnded = true
            } else {
                base64 += line
            }
            (start, lines) = (stop + 1, lines + 1)
        }
        return isEnded && lines >= 3 ? Base64.decode(base64[...]) : nil
    }
}

extension String {
    /// The parts between separators, empty ones too. Works on bytes: to Swift, CR LF is one character, and a letter
    /// takes the marks that follow it.
    package func utf8Split(_ separator: Unicode.Scalar, maxSplits: Int = .max) -> [String] {
        utf8.split(separator: UInt8(ascii: separator), maxSplits: maxSplits, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
    }
}
