/// What is done to each stretch of text between added tokens before it is cut into pieces.
enum TextFront: Sendable {
    /// The `tokenizers` library's normalizer; nil if there is none.
    case normalizer(TextNormalizer?)
    /// SentencePiece's normalizer. The dummy prefix is for each stretch, or only for that at the start of the text.
    case sentencePiece(SentencePieceNormalizer, prefixesEach: Bool)
    /// llama.cpp's for SentencePiece models: spaces are escaped, and one is put after the start or a special token.
    case escapedSpaces(prefix: Bool)
    /// llama.cpp's for unigram models.
    case unigram(GGUFUnigramNormalizer)
    /// llama.cpp's for BERT: normalized and cut into words, each with the mark of one before it.
    case words(BertWords)

    /// Where a stretch of text stands.
    struct Place {
        /// It starts where the whole text does.
        let isFirst: Bool
        /// It starts the text or follows an added token.
        let followsToken: Bool
    }

    /// The normalized text, or nil if it stays as it is; and whether it still starts where the whole text does.
    func normalize(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ place: Place) -> (text: [UInt8]?, isFirst: Bool) {
        switch self {
        case .normalizer(nil): return (nil, place.isFirst)
        case .normalizer(.some(let normalizer)):
            var origin = TextNormalizer.Origin(isFirst: place.isFirst)
            return (normalizer.normalize(Array(text[range]), &origin), origin.isFirst)
        case .sentencePiece(let normalizer, let prefixesEach):
            return (normalizer.normalize(text, range, addsPrefix: prefixesEach || place.isFirst), place.isFirst)
        case .escapedSpaces(let prefix):
            var result: [UInt8] = []
            result.reserveCapacity(range.count + range.count / 2 + 3)
            if prefix, place.followsToken { result += EscapedSpace.bytes }
            for byte in text[range] { if byte == 0x20 { result += EscapedSpace.bytes } else { result.append(byte) } }
            return (result, place.isFirst)
        case .unigram(let normalizer): return (normalizer.normalize(text, range), place.isFirst)
        case .words(let words): return (words.normalize(text, range), place.isFirst)
        }
    }
}

/// What llama.cpp (`llm_tokenizer_ugm_session::normalize`) does to a text for a unigram model.
struct GGUFUnigramNormalizer: Sendable {
    var map: CharacterMap?
    var addsSpacePrefix = false
    var removesExtraSpaces = false
    /// User-defined tokens: as far as the text follows one of them, it stays as it is.
    var symbols: PieceTrie?

    func normalize(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count + range.count / 2 + 3)
        var hasPrefix = false
        var isInWord = false
        func add(_ part: some Sequence<UInt8>) {
            for byte in part {
                if byte != 0x20 {
                    if !isInWord {
                        isInWord = true
                        if addsSpacePrefix && !hasPrefix || removesExtraSpaces {
                            result += EscapedSpace.bytes
                            hasPrefix = true
                        }
                    }
                    result.append(byte)
                } else {
                    isInWord = false
                    if !removesExtraSpaces { result += EscapedSpace.bytes }
                }
            }
        }
        var position = range.lowerBound
        while position < range.upperBound {
            if let depth = symbols?.depth(text, position, range.upperBound), depth > 0 {
                add(text[position..<position + depth])
                position += depth
            } else if let (length, replacement) = map?.longestPrefix(text, position, range.upperBound) {
                add(replacement)
                position += length
            } else if text[position] >= 0x80, Characters.multibyte(text, position, range.upperBound) == nil {
                add([0xef, 0xbf, 0xbd])
                position += 1
            } else {
                let length = Characters.length(text, position, range.upperBound)
                add(text[position..<position + length])
                position += length
            }
        }
        return result
    }
}

/// What llama.cpp (`llm_tokenizer_wpm_session::preprocess`) makes of a text for BERT: words separated by spaces, which
/// no word contains, each with the mark of a space before it.
struct BertWords: Sendable {
    var lowercases = true
    var stripsAccents = true

    func normalize(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count + range.count / 4)
        func endWord() { if let last = result.last, last != 0x20 { result.append(0x20) } }
        func add(_ scalar: Unicode.Scalar) {
            if result.isEmpty || result.last == 0x20 { result += EscapedSpace.bytes }
            Characters.append(scalar, to: &result)
        }
        var position = range.lowerBound
        while position < range.upperBound {
            let (found, length) = Characters.at(text, position, range.upperBound)
            position += length
            var scalar = stripsAccents ? Self.firstOfDecomposition(found) : found
            let traits = CharacterTraits.of(scalar)
            let category = traits.category(version: CharacterClass.llamaCppVersion)
            if traits.isWhitespace {
                endWord()
                continue
            }
            if scalar.value == 0 || scalar == Characters.replacement || CharacterTraits.Categories.other.subtracting(.unassigned).contains(category) { continue }
            if stripsAccents, CharacterTraits.Categories.mark.contains(category) { continue }
            let isAlone = CharacterTraits.Categories.punctuation.contains(category)
                || scalar.value < 0x7f && CharacterTraits.Categories.symbol.contains(category) || BertNormalizer.isChinese(scalar)
            if isAlone { endWord() }
            if lowercases { scalar = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar }
            add(scalar)
            if isAlone { endWord() }
        }
        return result
    }

    /// llama.cpp keeps the first character of a canonical decomposition, of Hangul syllables too.
    private static func firstOfDecomposition(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        var first: Unicode.Scalar?
        Decompositions.shared.decompose(scalar, compatible: false) { if first == nil { first = $0 } }
        return first ?? scalar
    }
}
