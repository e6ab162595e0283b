/// Whether a text could say anything.
enum Coherence {
    /// - Parameter common: words of which any longer English text has some.
    /// - Returns: what is wrong with it, or nil.
    static func fault(in text: ReadText, common: Set<String>) -> String? {
        let words = text.words
        guard words.contains(where: { $0.unicodeScalars.contains { $0.properties.isAlphabetic } }) else {
            return words.isEmpty ? "no-words" : "no-letters"
        }
        if repeats(words) { return "repetition" }
        // Answers of a few words ("A, C, B") may hold no common word; longer ones, or words nobody can speak, do not.
        let distinct = Set(words)
        guard distinct.isDisjoint(with: common) else { return nil }
        let unspeakable = words.count { isUnspeakable($0) }
        return unspeakable * 10 >= words.count * 3 ? "letters" : nil
    }

    /// The same words again and again: few different ones in a short text, few different runs of three in a long one.
    static func repeats(_ words: [String]) -> Bool {
        guard words.count >= 8 else { return false }
        let distinct = Set(words).count
        if words.count <= 100 { return distinct * 10 < words.count * 3 }
        guard distinct * 10 < words.count * 3 else { return false }
        var seen: Set<[String]> = []
        for index in 0..<(words.count - 2) { seen.insert(Array(words[index..<(index + 3)])) }
        return seen.count * 3 < words.count
    }

    /// In Latin letters: no vowel in a word of some length, or four consonants in a row.
    private static func isUnspeakable(_ word: String) -> Bool {
        var (run, longest, vowels) = (0, 0, 0)
        for scalar in word.unicodeScalars {
            switch scalar {
            case "a", "e", "i", "o", "u", "y":
                vowels += 1
                run = 0
            case "a"..."z":
                run += 1
                longest = max(longest, run)
            default: if scalar.value > 0x7F { return false }
            }
        }
        return vowels == 0 && longest >= 3 || longest >= 5 || longest == 4 && word.unicodeScalars.count <= 6
    }
}
