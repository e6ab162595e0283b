/// A pattern over words: `i|we cannot ~2 $help`.
///
/// Elements are separated by spaces: alternatives with `|`, a set of words with `$`, a gap of up to n words with
/// `~n`, the sentence's beginning with `^` and its end with `.`. A run of characters of a script without spaces stands
/// for one element each, because each is a word when a text is read.
struct PhrasePattern: Sendable {
    private enum Element: Sendable {
        case words(Set<Int32>)
        case gap(Int)
        case end
    }

    /// It matches at the sentence's beginning only.
    let isAnchored: Bool
    /// The words that a match can begin with; empty where it begins with a gap.
    let firstWords: Set<Int32>
    private let elements: [Element]

    static let widestGap = 9

    /// - Parameter number: a word's number, new for a word that was not seen before.
    /// - Returns: nil where an element is not of the form above, a set is not known, or where the pattern has no words, or
    ///   could match anything at its beginning or end.
    init?(_ source: String, sets: [String: [String]], number: (String) -> Int32) {
        var elements: [Element] = []
        var isAnchored = false
        for (index, part) in source.split(separator: " ").enumerated() {
            switch part.first {
            case "^" where part.utf8.count == 1 && index == 0: isAnchored = true
            case "." where part.utf8.count == 1: elements.append(.end)
            case "~":
                guard let width = Int(part.dropFirst()), (1...Self.widestGap).contains(width) else { return nil }
                elements.append(.gap(width))
            default:
                let alternatives = part.split(separator: "|", omittingEmptySubsequences: false)
                if alternatives.count == 1, part.unicodeScalars.allSatisfy(WordReader.standsAlone) {
                    elements += part.unicodeScalars.map { .words([number(String($0))]) }
                    continue
                }
                var words: Set<Int32> = []
                for alternative in alternatives {
                    if alternative.first == "$" {
                        guard let set = sets[String(alternative.dropFirst())] else { return nil }
                        words.formUnion(set.map(number))
                    } else if alternative.isEmpty {
                        return nil
                    } else {
                        words.insert(number(String(alternative)))
                    }
                }
                elements.append(.words(words))
            }
        }
        if case .words(let words) = elements.first { firstWords = words } else { firstWords = [] }
        guard elements.contains(where: { if case .words = $0 { true } else { false } }) else { return nil }
        guard isAnchored || !firstWords.isEmpty else { return nil }
        self.elements = elements
        self.isAnchored = isAnchored
    }

    /// Where a match that begins at word `start` ends (the index after its last word), or nil.
    ///
    /// What it costs depends on the pattern's gaps alone.
    func end(in words: [Int32], from start: Int) -> Int? { end(words, at: start, element: 0) }

    private func end(_ words: [Int32], at position: Int, element index: Int) -> Int? {
        guard index < elements.count else { return position }
        switch elements[index] {
        case .end: return position == words.count ? end(words, at: position, element: index + 1) : nil
        case .words(let set):
            guard position < words.count, set.contains(words[position]) else { return nil }
            return end(words, at: position + 1, element: index + 1)
        case .gap(let width):
            for next in position...min(position + width, words.count) {
                if let end = end(words, at: next, element: index + 1) { return end }
            }
            return nil
        }
    }
}

/// Patterns under one heading, of which the one that matches first in a sentence is wanted.
struct PhraseFamily: Sendable {
    struct Match: Sendable {
        let name: String
        /// The index after its last word.
        let end: Int
    }

    private var rules: [(name: String, pattern: PhrasePattern)] = []
    private var anchored: [Int] = []
    private var byFirstWord: [Int32: [Int]] = [:]

    mutating func add(_ name: String, _ pattern: PhrasePattern) {
        if pattern.isAnchored {
            anchored.append(rules.count)
        } else {
            for word in pattern.firstWords { byFirstWord[word, default: []].append(rules.count) }
        }
        rules.append((name, pattern))
    }

    /// The match that begins first at or after word `start`; of several there, the first rule's.
    func match(in words: [Int32], from start: Int = 0) -> Match? {
        guard start <= words.count else { return nil }
        if start == 0 {
            for index in anchored {
                if let end = rules[index].pattern.end(in: words, from: 0) { return Match(name: rules[index].name, end: end) }
            }
        }
        for position in start..<words.count {
            // Most words stand in no rule.
            guard words[position] != 0, let indices = byFirstWord[words[position]] else { continue }
            for index in indices {
                if let end = rules[index].pattern.end(in: words, from: position) {
                    return Match(name: rules[index].name, end: end)
                }
            }
        }
        return nil
    }
}
