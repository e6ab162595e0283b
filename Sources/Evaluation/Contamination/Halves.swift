/// A text cut in two, between words, near its middle.
struct Halves: Hashable {
    let first: String
    /// Begins with the space between the words; at most `most` characters of what is there.
    let second: String

    static let most = 200
    /// Shorter halves are guessed too easily to say anything.
    static let least = 12

    /// - Returns: nil where the text is too short.
    init?(_ text: String) {
        let characters = Array(text.unicodeScalars)
        let middle = characters.count / 2
        func isSpace(_ place: Int) -> Bool { characters[place].properties.isWhitespace }
        // The first space from the middle on that follows a word.
        guard let cut = (max(1, middle)..<max(1, characters.count)).first(where: { isSpace($0) && !isSpace($0 - 1) }) else { return nil }
        var end = min(characters.count, cut + Self.most)
        while end > cut, isSpace(end - 1) { end -= 1 }
        guard cut >= Self.least, end - cut >= Self.least else { return nil }
        first = Self.string(characters[..<cut])
        second = Self.string(characters[cut..<end])
    }

    /// The share of the second half that a text begins with, in characters.
    func share(of written: String) -> Double {
        let wanted = Array(second.unicodeScalars)
        let common = zip(wanted, written.unicodeScalars).prefix { $0 == $1 }.count
        return Double(common) / Double(wanted.count)
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}

/// Items in the order of their file, in shards of neighbours. Items of one cluster that stand together stay so: they belong
/// in their order, and would tell it.
struct OrderedShards {
    /// Of each shard the texts of its blocks.
    let shards: [[String]]

    init(_ items: [ContaminationItem], size: Int) {
        var blocks: [(cluster: String?, text: String)] = []
        for item in items {
            if let cluster = item.cluster, let last = blocks.last, last.cluster == cluster {
                blocks[blocks.count - 1].text += "\n\n" + item.text
            } else {
                blocks.append((item.cluster, item.text))
            }
        }
        // What is left over is no shard of that size.
        shards = stride(from: 0, through: blocks.count - size, by: size).map { start in blocks[start..<start + size].map(\.text) }
    }
}
