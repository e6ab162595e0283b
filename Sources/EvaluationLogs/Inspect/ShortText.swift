import CanonicalEncoding

/// How Inspect shortens what stands in a summary. A character is a Unicode scalar here, as in Python.
enum ShortText {
    /// The first 5,120 characters and a note.
    static func cut(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard text.utf8.count > 5120, let end = scalars.index(scalars.startIndex, offsetBy: 5120, limitedBy: scalars.endIndex), end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "...\n(content truncated)"
    }

    /// Whether a value has more than 1,024 characters as JSON, written over lines with two spaces a level.
    static func isLong(_ value: JSONValue) -> Bool {
        var left = 1024
        count(value, level: 0, &left)
        return left < 0
    }

    private static func count(_ value: JSONValue, level: Int, _ left: inout Int) {
        guard left >= 0 else { return }
        switch value {
        case .array(let elements):
            left -= 2 + lines(elements.count, level)
            for element in elements { count(element, level: level + 1, &left) }
        case .object(let object):
            left -= 2 + lines(object.count, level)
            for member in object.members {
                count(.string(member.key), level: level, &left)
                left -= 2
                count(member.value, level: level + 1, &left)
            }
        case .string(let text) where text.utf8.count > 8 * 1024:
            left = -1
        default:
            var text = LogText()
            text.value(value)
            left -= text.bytes.count { $0 & 0xC0 != 0x80 }
        }
    }

    /// The line breaks, spaces and commas of so many elements.
    private static func lines(_ count: Int, _ level: Int) -> Int {
        count == 0 ? 0 : count * (1 + 2 * (level + 1)) + count - 1 + 1 + 2 * level
    }

    /// White space made single, and at most 1,024 characters, the last word that fits whole and three dots behind it: Python's
    /// `textwrap.shorten(text[:8192], width=1024, placeholder="...")`.
    static func shorten(_ text: String) -> String {
        let words = text.unicodeScalars.prefix(8 * 1024).split { isSpace($0) }
        let line = Array(words.joined(separator: CollectionOfOne(Unicode.Scalar(0x20 as UInt8))))
        guard line.count > width else { return string(line) }
        var chunks = self.chunks(line)[...]
        var (kept, length) = ([Range<Int>](), 0)
        while let chunk = chunks.first, length + chunk.count <= width {
            kept.append(chunk)
            length += chunk.count
            chunks.removeFirst()
        }
        // A word that no line could hold is broken, which here means that it is left out: with it there is no room for the dots, unless it
        // is broken behind a hyphen.
        if let word = chunks.first, word.count > width {
            let room = word.prefix(width - length)
            let hyphen = room.last { line[$0] == "-" }
            let isBroken = hyphen.map { $0 > word.lowerBound && line[word.lowerBound..<$0].contains { $0 != "-" } } ?? false
            let part = word.lowerBound..<(isBroken ? (hyphen ?? 0) + 1 : room.upperBound)
            kept.append(part)
            length += part.count
        }
        while let last = kept.last {
            if line[last.lowerBound] != " ", length + 3 <= width { break }
            length -= last.count
            kept.removeLast()
        }
        return string(line[..<length]) + "..."
    }

    private static let width = 1024

    /// Where a line may be broken: spaces, words, and the parts of words with hyphens (`TextWrapper.wordsep_re`).
    private static func chunks(_ line: [Unicode.Scalar]) -> [Range<Int>] {
        func at(_ position: Int, _ holds: (Unicode.Scalar) -> Bool) -> Bool { line.indices.contains(position) && holds(line[position]) }
        func isHyphen(_ position: Int) -> Bool { at(position) { $0 == "-" } }
        /// Two hyphens or more between a word's characters, from `position` on: the first behind them.
        func dash(at position: Int) -> Int? {
            guard at(position - 1, isWordOrPunctuation), isHyphen(position), isHyphen(position + 1) else { return nil }
            let end = line[position...].firstIndex { $0 != "-" } ?? line.count
            return at(end, isWord) ? end : nil
        }
        /// Whether a compound word goes on behind the hyphen before `position`.
        func isCompound(before position: Int) -> Bool {
            guard isHyphen(position - 1), at(position - 2, isLetter) else { return false }
            let before = at(position - 3, isLetter) || (isHyphen(position - 3) && at(position - 4, isLetter))
            let after = at(position, isLetter) && (at(position + 1, isLetter) || (isHyphen(position + 1) && at(position + 2, isLetter)))
            return before && after
        }
        var (chunks, start) = ([Range<Int>](), 0)
        while start < line.count {
            var end = start + 1
            if line[start] == " " {
                while at(end, { $0 == " " }) { end += 1 }
            } else if let dash = dash(at: start) {
                end = dash
            } else {
                while end < line.count, line[end] != " " {
                    // The hyphen is the word's second character at the earliest.
                    if end - start >= 2, isCompound(before: end) { break }
                    if dash(at: end) != nil { break }
                    end += 1
                }
            }
            chunks.append(start..<end)
            start = end
        }
        return chunks
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// What Python's `str.split` takes for white space.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value) }

    /// Python's `\w`: letters, digits and other numbers, and the low line.
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool { isLetter(scalar) || scalar.properties.generalCategory == .decimalNumber }

    /// `[^\d\W]`
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber, .otherNumber: true
        default: scalar == "_"
        }
    }

    private static func isWordOrPunctuation(_ scalar: Unicode.Scalar) -> Bool { isWord(scalar) || "!\"'&.,?".unicodeScalars.contains(scalar) }
}
