/// A sentence of a response, in words, each as its number in the rules (0: it stands in none).
struct Sentence: Sendable {
    var words: [Int32] = []
    /// The same without what stands in double quotes or in a quoted line.
    var spoken: [Int32] = []
    /// Where each spoken word stands in `words`.
    var places: [Int] = []
    /// The index of the first word after the last colon.
    var colon: Int?
    /// It stands after "1." or "-" at the beginning of a line.
    var isListItem = false
    /// It stands between lines of three backticks.
    var isCode = false

    /// Quoted words after word `start`.
    func quotedWords(from start: Int) -> Int {
        max(0, words.count - start) - places.count { $0 >= start }
    }

    /// Words after the last colon, where that stands after word `start`.
    func wordsAfterColon(from start: Int) -> Int {
        guard let colon, colon >= start else { return 0 }
        return words.count - colon
    }
}

/// A response as the judges read it.
struct ReadText: Sendable {
    var sentences: [Sentence] = []
    /// Every word, as it is written in rules.
    var words: [String] = []

    /// Only so much of a response is read, in bytes of UTF-8.
    static let maximumBytes = 8192

    /// The beginning of a text, and whether there is more.
    static func clipped(_ text: String) -> (text: String, isCut: Bool) {
        var bytes = text.utf8.prefix(maximumBytes)
        guard bytes.endIndex < text.utf8.endIndex else { return (text, false) }
        // Not in the middle of a character.
        while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
        if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        return (String(decoding: bytes, as: UTF8.self), true)
    }

    /// HTML's spellings of an apostrophe, as one.
    private static func withoutEntities(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "&"), let entity = apostrophes.first(where: { bytes[index...].starts(with: $0) }) {
                plain.append(UInt8(ascii: "'"))
                index += entity.count
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static let apostrophes = ["&#39;", "&#x27;", "&apos;", "&rsquo;", "&#8217;"].map { Array($0.utf8) }

    init(_ text: String, rules: PhraseRules) {
        var splitter = SentenceSplitter(rules: rules)
        for scalar in Self.withoutEntities(Self.clipped(text).text).unicodeScalars { splitter.read(scalar) }
        splitter.endSentence()
        sentences = splitter.sentences
        words = splitter.allWords
        // A response that is a quotation as a whole is the model's own.
        if sentences.reduce(0, { $0 + $1.spoken.count }) * 4 < words.count {
            for index in sentences.indices {
                sentences[index].spoken = sentences[index].words
                sentences[index].places = Array(sentences[index].words.indices)
            }
        }
    }
}

private struct SentenceSplitter {
    let rules: PhraseRules
    var sentences: [Sentence] = []
    var allWords: [String] = []
    private var sentence = Sentence()
    private var word = ""
    private var inQuotes = false
    private var isOpenedBelow = false
    private var inCode = false
    private var backticks = 0
    /// Nothing but marks has been read of the line.
    private var lineIsEmpty = true
    private var mark: Unicode.Scalar?
    private var nextIsListItem = false

    init(rules: PhraseRules) { self.rules = rules }

    mutating func read(_ scalar: Unicode.Scalar) {
        // "- " and "* " begin a list item; "**" begins bold text.
        if let mark, lineIsEmpty {
            if scalar == " " || scalar == "\t" {
                if mark == ">" { inQuotes = true } else { nextIsListItem = true }
            }
            self.mark = nil
        }
        if scalar == "`" {
            backticks += 1
            if backticks == 3 {
                endSentence()
                inCode.toggle()
                return
            }
        } else {
            backticks = 0
        }
        switch scalar {
        case "\n", "\r", "\u{2028}":
            endSentence()
            (lineIsEmpty, inQuotes, isOpenedBelow, mark) = (true, false, false, nil)
        case ".", "!", "?", "\u{2026}", "\u{3002}", "\u{FF01}", "\u{FF1F}", "\u{61F}", "\u{964}", ")":
            // "1." or "1)" at the beginning of a line numbers what follows.
            if lineIsEmpty, sentence.words.isEmpty, !word.isEmpty, word.utf8.allSatisfy({ (48...57).contains($0) }) {
                word = ""
                nextIsListItem = true
            } else if scalar == ")" {
                endWord()
            } else {
                endSentence()
                lineIsEmpty = false
            }
        case "-", "*", "\u{2022}", ">":
            if lineIsEmpty, word.isEmpty, sentence.words.isEmpty { mark = scalar } else { endWord() }
        case "\"", "\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}", "\u{300C}", "\u{300D}":
            endWord()
            switch scalar {
            case "\"": inQuotes.toggle()
            // It closes what the low mark opened.
            case "\u{201C}": (inQuotes, isOpenedBelow) = (!isOpenedBelow, false)
            case "\u{201E}": (inQuotes, isOpenedBelow) = (true, true)
            case "\u{AB}", "\u{300C}": inQuotes = true
            default: inQuotes = false
            }
        case ":", "\u{FF1A}":
            endWord()
            sentence.colon = sentence.words.count
        default:
            switch WordReader.part(scalar) {
            case .letters(let letters): word += letters
            case .word(let letter):
                endWord()
                word = letter
                endWord()
            case .apostrophe: if !word.isEmpty, word.last != "'" { word += "'" }
            case .nothing: break
            case .gap: endWord()
            }
        }
    }

    mutating func endWord() {
        while word.last == "'" { word.removeLast() }
        guard !word.isEmpty else { return }
        let expanded = expand(word)
        word = ""
        if sentence.words.isEmpty { (sentence.isListItem, sentence.isCode) = (nextIsListItem, inCode) }
        nextIsListItem = false
        for next in expanded {
            // "can not" is "cannot".
            if next == "not", allWords.last == "can", !sentence.words.isEmpty {
                let number = rules.numbers["cannot"] ?? 0
                allWords[allWords.count - 1] = "cannot"
                sentence.words[sentence.words.count - 1] = number
                if sentence.places.last == sentence.words.count - 1 { sentence.spoken[sentence.spoken.count - 1] = number }
                continue
            }
            let number = rules.numbers[next] ?? 0
            if !inQuotes {
                sentence.spoken.append(number)
                sentence.places.append(sentence.words.count)
            }
            sentence.words.append(number)
            allWords.append(next)
        }
    }

    mutating func endSentence() {
        endWord()
        if !sentence.words.isEmpty { sentences.append(sentence) }
        sentence = Sentence()
        nextIsListItem = false
    }

    private func expand(_ word: String) -> [String] {
        if let spelt = rules.spelling[word] { return spelt }
        if word.hasSuffix("n't") { return [String(word.dropLast(3)), "not"] }
        if rules.numbers[word] != nil { return [word] }
        // "soooo" is "so".
        let short = Self.withoutRuns(word)
        if short != word, let spelt = rules.spelling[short] ?? (rules.numbers[short] == nil ? nil : [short]) { return spelt }
        return [word]
    }

    /// Letters that stand three times or more in a row, once.
    private static func withoutRuns(_ word: String) -> String {
        var (short, run) = ("", 0)
        var last: Unicode.Scalar?
        var pending: [Unicode.Scalar] = []
        func flush() {
            for scalar in run >= 3 ? Array(pending.prefix(1)) : pending { short.unicodeScalars.append(scalar) }
        }
        for scalar in word.unicodeScalars {
            if scalar == last {
                run += 1
                if pending.count < 3 { pending.append(scalar) }
            } else {
                flush()
                (last, run, pending) = (scalar, 1, [scalar])
            }
        }
        flush()
        return short
    }
}
