/// Text from a sandbox or a corpus, made fit for a model and for people to read.
package enum ObservationText {
    /// Control, format and unassigned characters, which could move a cursor or reorder a line, replaced by U+FFFD; line
    /// feeds and tabs stay, a carriage return before a line feed goes.
    package static func clean(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            if scalar == "\r", next == "\n" { continue }
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator, .unassigned:
                kept.append(scalar == "\n" || scalar == "\t" ? scalar : "\u{FFFD}")
            default: kept.append(scalar)
            }
        }
        return String(kept)
    }

    /// The beginning and the end of a text that is too long, with a line between them that says how much is missing.
    ///
    /// - Returns: the text, whose kept parts have at most `maximumBytes`, and how many bytes are missing.
    package static func cut(_ text: String, maximumBytes: Int) -> (text: String, cutBytes: Int) {
        let bytes = Array(text.utf8)
        guard bytes.count > maximumBytes else { return (text, 0) }
        var head = max(0, maximumBytes - maximumBytes / 2)
        while head > 0, isContinuation(bytes[head]) { head -= 1 }
        var tail = bytes.count - max(0, maximumBytes / 2)
        while tail < bytes.count, isContinuation(bytes[tail]) { tail += 1 }
        let cut = tail - head
        return (
            String(decoding: bytes[..<head], as: UTF8.self) + "\n[... \(cut) bytes left out ...]\n"
                + String(decoding: bytes[tail...], as: UTF8.self), cut
        )
    }

    /// The last bytes of a text, cleaned.
    package static func end(of text: String, maximumBytes: Int) -> String {
        let bytes = Array(clean(text).utf8)
        var start = max(0, bytes.count - maximumBytes)
        while start < bytes.count, start > 0, isContinuation(bytes[start]) { start += 1 }
        return String(decoding: bytes[start...], as: UTF8.self)
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
