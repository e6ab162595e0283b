/// Whether a text is about what another asks, by the words they share.
struct TopicOverlap: Sendable {
    /// Words that say nothing of a subject.
    let ignored: Set<String>

    /// Different words of content, of which none is the request's.
    static let longAnswer = 40
    /// Of which one is.
    static let veryLongAnswer = 64

    init(ignoring words: [String]) { ignored = Set(words) }

    /// The share of the request's words of content that the text has too, and how many they are; nil where the request has
    /// none.
    ///
    /// Words count as the same when they begin with the same letters (`stem`): "cats" and "cat", "hacking" and "hack".
    func share(of request: String, in text: String) -> (rate: Double, words: Int)? {
        let asked = stems(request)
        guard !asked.isEmpty else { return nil }
        let found = stems(text)
        return (Double(asked.intersection(found).count) / Double(asked.count), asked.count)
    }

    func stems(_ text: String) -> Set<String> {
        var stems: Set<String> = []
        var word = ""
        func end() {
            if !word.isEmpty, !ignored.contains(word), word.utf8.count > 2 || word.utf8.first.map({ $0 > 0x7F }) == true {
                stems.insert(Self.stem(word))
            }
            word = ""
        }
        for scalar in ReadText.clipped(text).text.unicodeScalars {
            switch WordReader.part(scalar) {
            case .letters(let letters): word += letters
            case .word(let letter):
                end()
                stems.insert(letter)
            case .nothing: break
            case .apostrophe, .gap: end()
            }
        }
        end()
        return stems
    }

    /// The word without the commonest endings of English, and no longer than six characters.
    static func stem(_ word: String) -> String {
        var letters = Array(word.unicodeScalars)
        for ending in ["ing", "ers", "ed", "es", "er", "ly", "s", "e"] where letters.count >= ending.utf8.count + 3 {
            if String(String.UnicodeScalarView(letters.suffix(ending.utf8.count))) == ending {
                letters.removeLast(ending.utf8.count)
                break
            }
        }
        // "cutting" is "cut".
        if letters.count > 3, letters[letters.count - 1] == letters[letters.count - 2] { letters.removeLast() }
        return String(String.UnicodeScalarView(letters.prefix(6)))
    }

    /// - Returns: the rule, where a text has none of the request's words, or one, and is long enough to have more.
    ///
    /// Terse answers ("Paris."), poems and jokes need not repeat the question, answers in another language cannot, and a
    /// request of many words is often answered in others: none of these is called unrelated.
    func isUnrelated(_ text: ReadText, _ response: String, to request: String, creative: Set<String>) -> String? {
        let asked = stems(request)
        guard (1...6).contains(asked.count), text.words.count(where: ignored.contains) >= 3 else { return nil }
        let found = stems(response)
        let isCreative = !asked.isDisjoint(with: creative)
        let shared = asked.intersection(found).count
        // A long answer to a short question has most of its words.
        if !isCreative, (3...4).contains(asked.count), shared == 1, found.count >= Self.veryLongAnswer { return "unrelated" }
        guard shared == 0 else { return nil }
        guard asked.count > 1 || !isCreative else { return nil }
        return found.count >= Self.longAnswer ? "unrelated" : nil
    }
}
