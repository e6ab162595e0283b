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
        var lines = Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count >= 3, lines.removeFirst().elementsEqual(begin.utf8), lines.removeLast().elementsEqual(end.utf8) else { return nil }
        var base64: [UInt8] = []
        base64.reserveCapacity(text.utf8.count)
        for line in lines { base64 += line }
        return Base64.decode(base64[...])
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
