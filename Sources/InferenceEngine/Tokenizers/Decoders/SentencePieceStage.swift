/// Puts pieces together as `sentencepiece` does, as they come.
struct SentencePieceStage: Sendable {
    private let rules: SentencePieceDecoding
    /// Bytes that are no whole character yet.
    private var bytes: [UInt8] = []
    private var isAtStart = true
    private var hasDroppedSpace = false
    private var hasText = false
    /// The whole text, where it is still to be denormalized.
    private var whole: [UInt8] = []

    init(_ rules: SentencePieceDecoding) { self.rules = rules }

    mutating func append(_ token: Int32, _ vocabulary: Vocabulary) -> [UInt8] {
        if vocabulary.kind(token) == .byte {
            bytes += vocabulary.value(token)
            return out(takeCharacters(isEnd: false))
        }
        var text = takeCharacters(isEnd: true)
        if hasDroppedSpace || hasText || !text.isEmpty { isAtStart = false }
        text += surface(token, vocabulary)
        return out(text)
    }

    mutating func finish() -> [UInt8] {
        let rest = out(takeCharacters(isEnd: true))
        guard let denormalizer = rules.denormalizer else { return rest }
        return denormalizer.normalize(whole)
    }

    private mutating func out(_ text: [UInt8]) -> [UInt8] {
        if !text.isEmpty { hasText = true }
        guard rules.denormalizer != nil else { return text }
        whole += text
        return []
    }

    private mutating func surface(_ token: Int32, _ vocabulary: Vocabulary) -> [UInt8] {
        hasDroppedSpace = false
        if token == rules.unknown { return rules.unknownSurface }
        if token >= rules.pieceCount { return Array(vocabulary.text(token)) }
        if vocabulary.kind(token) == .special { return [] }
        var piece = vocabulary.text(token)
        if isAtStart, rules.dropsFirstSpace || rules.dropsFirstSpaces, piece.starts(with: EscapedSpace.bytes) {
            piece = piece.dropFirst(EscapedSpace.bytes.count)
            hasDroppedSpace = !rules.dropsFirstSpaces
        }
        var text: [UInt8] = []
        while !piece.isEmpty {
            if piece.starts(with: EscapedSpace.bytes) {
                text.append(0x20)
                piece = piece.dropFirst(EscapedSpace.bytes.count)
            } else if let byte = piece.popFirst() {
                text.append(byte)
            }
        }
        return text
    }

    /// The characters among the pending bytes; what belongs to none is a replacement character, a byte each.
    private mutating func takeCharacters(isEnd: Bool) -> [UInt8] {
        if bytes.isEmpty { return [] }
        var text: [UInt8] = []
        var position = 0
        bytes.withUnsafeBytes { bytes in
            while position < bytes.count {
                let lead = bytes[position]
                if lead < 0x80 {
                    text.append(lead)
                    position += 1
                } else if let (_, length) = Characters.multibyte(bytes, position, bytes.count) {
                    text += bytes[position..<position + length]
                    position += length
                } else {
                    let wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
                    let isPartial = (0xc2...0xf4).contains(lead) && bytes.count - position < wanted
                        && bytes[(position + 1)...].allSatisfy { $0 & 0xc0 == 0x80 }
                    if isPartial, !isEnd { break }
                    text += [0xef, 0xbf, 0xbd]
                    position += 1
                }
            }
        }
        bytes.removeFirst(position)
        return text
    }
}
