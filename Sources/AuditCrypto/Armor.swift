import CanonicalEncoding

/// Base64 between BEGIN and END lines (RFC 7468 section 3, strict; OpenSSH's signatures look the same).
package struct Armor: Sendable {
    private let begin: String
    private let end: String
    private let lineLength: Int

    /// `lineLength`: characters in a full line when writing; any split is read.
    package init(label: String, lineLength: Int) {
        (begin, end) = ("-----BEGIN \(label)-----", "-----END \(label)-----")
        self.lineLength = lineLength
    }

    package func encode(_ bytes: [UInt8]) -> String {
        let base64 = Array(Base64.encode(bytes).utf8)
        let lines = stride(from: 0, to: base64.count, by: lineLength).map {
            String(decoding: base64[$0..<min($0 + lineLength, base64.count)], as: UTF8.self)
        }
        return ([begin] + lines + [end]).joined(separator: "\n") + "\n"
    }

    /// Nil unless the text is exactly one such block. Lines end in LF or CR LF; the last ending may be missing.
    package func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8), newline = UInt8(ascii: "\n")
        var base64: [UInt8] = [], start = 0, lines = 0, isEnded = false
        base64.reserveCapacity(bytes.count)
        while start < bytes.count {
            guard !isEnded else { return nil }
            let stop = bytes[start...].firstIndex(of: newline) ?? bytes.count
            var line = bytes[start..<stop]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if lines == 0 {
                guard line.elementsEqual(begin.utf8) else { return nil }
            } else if line.elementsEqual(end.utf8) {
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
