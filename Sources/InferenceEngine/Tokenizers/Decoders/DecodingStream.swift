/// Runs a decoder over tokens as they come. What it has given out never changes with what follows.
struct DecodingStream: Sendable {
    private let source: TokenDecoder.Source
    private var stages: [DecodingStage]
    private var pieces: SentencePieceStage?

    init(_ decoder: TokenDecoder) {
        source = decoder.source
        var isFused = decoder.source != .spellings
        stages = []
        for step in decoder.steps {
            stages.append(DecodingStage(step, isFused: isFused))
            if step == .fuse { isFused = true }
        }
        if case .sentencePieces(let rules) = decoder.source { pieces = SentencePieceStage(rules) }
    }

    /// - Parameters:
    ///   - instead: what the token is decoded to, where that is not its spelling.
    ///   - output: gets the bytes that are certain after this token.
    mutating func append(_ token: Int32, _ vocabulary: Vocabulary, instead: [UInt8]?, to output: inout [UInt8]) {
        switch source {
        case .values where stages.isEmpty: output += vocabulary.value(token)
        case .values: send(Array(vocabulary.value(token)), to: 0, &output)
        case .spellings: send(instead ?? Array(vocabulary.text(token)), to: 0, &output)
        case .sentencePieces: if let text = pieces?.append(token, vocabulary) { send(text, to: 0, &output) }
        }
    }

    /// - Returns: the rest.
    mutating func finish() -> [UInt8] {
        var output: [UInt8] = []
        if let text = pieces?.finish() { send(text, to: 0, &output) }
        for index in stages.indices {
            for string in stages[index].finish() { send(string, to: index + 1, &output) }
        }
        return output
    }

    private mutating func send(_ string: [UInt8], to index: Int, _ output: inout [UInt8]) {
        guard index < stages.count else {
            output += string
            return
        }
        for next in stages[index].append(string) { send(next, to: index + 1, &output) }
    }
}

/// One step of a decoder at work. Before the strings are fused each comes whole; after that they are parts of one.
struct DecodingStage: Sendable {
    private let step: TokenDecoder.Step
    private let isFused: Bool
    private var isFirst = true
    /// What is not certain yet.
    private var held: [UInt8] = []
    private var heldStrings = 0
    /// How many more of `strip`'s characters may go from the start.
    private var leftToStrip = 0

    init(_ step: TokenDecoder.Step, isFused: Bool) {
        self.step = step
        self.isFused = isFused
        if case .strip(_, let start, _) = step { leftToStrip = start }
    }

    mutating func append(_ string: [UInt8]) -> [[UInt8]] {
        defer { isFirst = false }
        if isFused {
            switch step {
            case .fuse: return [string]
            case .replaceString(let wanted, let content): return [replacedPart(string, wanted, content)]
            case .strip(let content, _, let stop): return [strippedPart(string, content, stop)]
            default:
                held += string
                return []
            }
        }
        return whole(string)
    }

    mutating func finish() -> [[UInt8]] {
        if isFused {
            switch step {
            case .fuse: return []
            case .replaceString: return [held]
            case .strip(let content, _, let stop):
                var end = held.count
                for _ in 0..<min(stop, held.count) where held[..<end].hasSuffix(content) { end -= content.count }
                return [Array(held[..<end])]
            default:
                let string = held
                held = []
                isFirst = true
                let result = whole(string)
                return result + ended()
            }
        }
        return ended()
    }

    /// What the end of the list brings.
    private mutating func ended() -> [[UInt8]] {
        switch step {
        case .byteFallback: return flushBytes()
        case .suffix(let suffix):
            guard heldStrings > 0 else { return [] }
            return [Self.replacing(suffix, with: [], in: held)]
        default: return []
        }
    }

    /// A whole string of the list.
    private mutating func whole(_ string: [UInt8]) -> [[UInt8]] {
        switch step {
        case .fuse: return [string]
        case .byteAlphabet: return [ByteAlphabet.bytes(spelledBy: string) ?? string]
        case .byteFallback:
            if let byte = ByteToken.byte(spelledBy: string) {
                held.append(byte)
                return []
            }
            return flushBytes() + [string]
        case .replaceString(let wanted, let content): return [Self.replacing(wanted, with: content, in: string)]
        case .replaceExpression(let expression, let content): return [Self.replacing(expression, with: content, in: string)]
        case .strip(let content, let start, let stop): return [Self.stripped(string, content, start, stop)]
        case .metaspace(let replacement, let dropsFirst):
            return [Self.replacing(replacement, with: isFirst && dropsFirst ? [] : [0x20], in: string)]
        case .wordPiece(let prefix, let cleansUp):
            var result = string
            if !isFirst { result = string.starts(with: prefix) ? Array(string.dropFirst(prefix.count)) : [0x20] + string }
            return [cleansUp ? Self.cleanedUp(result) : result]
        case .suffix(let suffix):
            defer { (held, heldStrings) = (string, 1) }
            return heldStrings == 0 ? [] : [Self.replacing(suffix, with: [0x20], in: held)]
        case .ctc(let pad, let delimiter, let cleansUp):
            if !isFirst, held == string { return [] }
            held = string
            var result = Self.replacing(pad, with: [], in: string)
            if cleansUp { result = Self.replacing(delimiter, with: [0x20], in: Self.cleanedUp(result)) }
            return result.isEmpty ? [] : [result]
        case .join: return [isFirst ? string : [0x20] + string]
        }
    }

    private mutating func flushBytes() -> [[UInt8]] {
        defer { held = [] }
        if held.isEmpty { return [] }
        if String(validating: held, as: UTF8.self) != nil { return [held] }
        return [[UInt8]](repeating: [0xef, 0xbf, 0xbd], count: held.count)
    }

    /// Part of a string with replacements; what may be the start of another is held back.
    private mutating func replacedPart(_ part: [UInt8], _ wanted: [UInt8], _ content: [UInt8]) -> [UInt8] {
        let all = held + part
        var result: [UInt8] = []
        var position = 0
        all.withUnsafeBytes { bytes in
            ByteSearch.forEachMatch(of: wanted, bytes, 0..<bytes.count) { match in
                result += bytes[position..<match.lowerBound]
                result += content
                position = match.upperBound
            }
        }
        var kept = min(wanted.count - 1, all.count - position)
        while kept > 0, !all.suffix(kept).elementsEqual(wanted.prefix(kept)) { kept -= 1 }
        result += all[position..<all.count - kept]
        held = Array(all.suffix(kept))
        return result
    }

    /// Part of a string without what is stripped from its start; what may be stripped from its end is held back.
    private mutating func strippedPart(_ part: [UInt8], _ content: [UInt8], _ stop: Int) -> [UInt8] {
        var rest = (held + part)[...]
        while leftToStrip > 0, rest.starts(with: content) {
            rest = rest.dropFirst(content.count)
            leftToStrip -= 1
        }
        // A part of the character may be all that there is so far.
        if leftToStrip > 0, rest.count < content.count, content.starts(with: rest) {
            held = Array(rest)
            return []
        }
        if !rest.isEmpty { leftToStrip = 0 }
        var end = rest.endIndex
        for _ in 0..<min(stop, rest.count) where rest[rest.startIndex..<end].hasSuffix(content) { end -= content.count }
        held = Array(rest[end...])
        return Array(rest[..<end])
    }

    private static func stripped(_ string: [UInt8], _ content: [UInt8], _ start: Int, _ stop: Int) -> [UInt8] {
        var rest = string[...]
        for _ in 0..<min(start, string.count) where rest.starts(with: content) { rest = rest.dropFirst(content.count) }
        for _ in 0..<min(stop, string.count) where rest.hasSuffix(content) { rest = rest.dropLast(content.count) }
        return Array(rest)
    }

    static func replacing(_ wanted: [UInt8], with content: [UInt8], in string: [UInt8]) -> [UInt8] {
        replacing(in: string, with: content) { text, body in ByteSearch.forEachMatch(of: wanted, text, 0..<text.count, body) }
    }

    private static func replacing(_ expression: Expression, with content: [UInt8], in string: [UInt8]) -> [UInt8] {
        replacing(in: string, with: content) { text, body in
            guard text.count > 0 else { return }
            var matcher = ExpressionMatcher(expression, text, 0..<text.count)
            matcher.forEachMatch(body)
        }
    }

    private static func replacing(
        in string: [UInt8], with content: [UInt8], _ matches: (UnsafeRawBufferPointer, (Range<Int>) -> Void) -> Void
    ) -> [UInt8] {
        string.withUnsafeBytes { text in
            var result: [UInt8] = []
            result.reserveCapacity(text.count)
            var position = 0
            matches(text) { match in
                result += text[position..<match.lowerBound]
                result += content
                position = match.upperBound
            }
            result += text[position..<text.count]
            return result
        }
    }

    /// English punctuation and contractions drawn to the word before, as the `tokenizers` library does.
    private static func cleanedUp(_ string: [UInt8]) -> [UInt8] {
        guard string.contains(0x20) else { return string }
        return [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
            (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ].reduce(string) { replacing(Array($1.0.utf8), with: Array($1.1.utf8), in: $0) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ other: [UInt8]) -> Bool { count >= other.count && suffix(other.count).elementsEqual(other) }
}
