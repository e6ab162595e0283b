/// The tokenizer of mteval-v13a.pl (NIST, 2009) as sacrebleu has it.
enum Tokenizer13a {
    static func words(_ text: String) -> [ArraySlice<Unicode.Scalar>] {
        var line = TextScalars.trimmingEnd(Array(text.unicodeScalars))
        line = replacing("<skipped>", with: "", in: line)
        line = replacing("-\n", with: "", in: line)
        line = replacing("\n", with: " ", in: line)
        // One after the other: what an entity gives can be the beginning of the next.
        if line.contains("&") {
            for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
                line = replacing(entity, with: character, in: line)
            }
        }
        line = spacingSymbols([" "] + line + [" "])
        line = spacing(line, after: true) { !TextScalars.isDigit($0) && isPoint($1) }
        line = spacing(line, after: false) { isPoint($0) && !TextScalars.isDigit($1) }
        line = spacing(line, after: true) { TextScalars.isDigit($0) && $1 == "-" }
        return TextScalars.words(line)
    }

    private static func isPoint(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "," }

    /// Puts spaces around ASCII punctuation other than the apostrophe, the comma, the hyphen and the full stop.
    private static func spacingSymbols(_ line: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var spaced: [Unicode.Scalar] = []
        spaced.reserveCapacity(line.count * 2)
        for scalar in line {
            switch scalar {
            case "'", ",", "-", ".": spaced.append(scalar)
            case _ where TextScalars.isPunctuation(scalar): spaced += [" ", scalar, " "]
            default: spaced.append(scalar)
            }
        }
        return spaced
    }

    /// Puts a space between the two scalars of each pair that `matches`, and one before or after it. Pairs are found
    /// from the left and do not overlap, which is how `re.sub` takes them.
    private static func spacing(
        _ line: [Unicode.Scalar], after: Bool, where matches: (Unicode.Scalar, Unicode.Scalar) -> Bool
    ) -> [Unicode.Scalar] {
        var spaced: [Unicode.Scalar] = []
        spaced.reserveCapacity(line.count * 2)
        var index = 0
        while index < line.count {
            if index + 1 < line.count, matches(line[index], line[index + 1]) {
                if !after { spaced.append(" ") }
                spaced += [line[index], " ", line[index + 1]]
                if after { spaced.append(" ") }
                index += 2
            } else {
                spaced.append(line[index])
                index += 1
            }
        }
        return spaced
    }

    /// `str.replace`.
    private static func replacing(_ pattern: String, with other: String, in line: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let (pattern, other) = (Array(pattern.unicodeScalars), Array(other.unicodeScalars))
        var replaced: [Unicode.Scalar] = []
        replaced.reserveCapacity(line.count)
        var index = 0
        while index < line.count {
            if line[index] == pattern[0], line[index...].starts(with: pattern) {
                replaced += other
                index += pattern.count
            } else {
                replaced.append(line[index])
                index += 1
            }
        }
        return replaced
    }
}
