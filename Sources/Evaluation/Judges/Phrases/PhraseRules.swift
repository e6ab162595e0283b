import AuditCrypto

/// Rules over phrases, read from a text that a person can read too:
///
///     # a comment
///     [sets]
///     help = assist provide
///     [spelling]
///     cannot = can't cant
///     [refusal]
///     cannot-help: i|we ~1 cannot ~4 $help ; unable to $help
///
/// `sets` names words for use in patterns as `$help`; `spelling` gives what is read in the place of a word (of several
/// words: `will not = won't wont`); under any other heading stand rules: a name, and patterns (`PhrasePattern`) between
/// semicolons. The digest is the text's own.
struct PhraseRules: Sendable {
    let digest: SHA256Digest
    private(set) var sets: [String: [String]] = [:]
    private(set) var spelling: [String: [String]] = [:]
    private(set) var families: [String: PhraseFamily] = [:]
    /// Every word of every pattern, from 1.
    private(set) var numbers: [String: Int32] = [:]
    /// Lines that could not be read; a test holds the built-in rules to have none.
    private(set) var problems: [String] = []

    init(_ text: String) {
        digest = SHA256Digest.of(Array(text.utf8))
        var heading = ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.drop { $0 == " " }
            if line.isEmpty || line.first == "#" { continue }
            if line.first == "[", line.last == "]" {
                heading = String(line.dropFirst().dropLast())
            } else if !read(line, under: heading) {
                problems.append("line \(index + 1): \(line)")
            }
        }
    }

    func family(_ name: String) -> PhraseFamily { families[name] ?? PhraseFamily() }

    private mutating func read(_ line: Substring, under heading: String) -> Bool {
        switch heading {
        case "": return false
        case "sets", "spelling":
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return false }
            let names = parts[0].split(separator: " ").map(String.init)
            let words = parts[1].split(separator: " ").map(String.init)
            guard !names.isEmpty, !words.isEmpty else { return false }
            if heading == "spelling" {
                for word in words {
                    guard spelling.updateValue(names, forKey: word) == nil else { return false }
                }
            } else {
                guard names.count == 1 else { return false }
                sets[names[0], default: []] += words
            }
        default:
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, !parts[0].contains(" ") else { return false }
            for source in parts[1].split(separator: ";") {
                let pattern = PhrasePattern(String(source), sets: sets) { word in
                    if let number = numbers[word] { return number }
                    let number = Int32(numbers.count + 1)
                    numbers[word] = number
                    return number
                }
                guard let pattern else { return false }
                families[heading, default: PhraseFamily()].add(String(parts[0]), pattern)
            }
        }
        return true
    }
}
