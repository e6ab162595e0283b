/// Several texts of which the first that fits is taken: what an alternation of escaped texts is to Python's `re`, however long they are.
struct TextAlternatives {
    /// In the order in which they are tried; an empty one comes last.
    private let texts: [[UInt8]]
    /// Their places there, by their first bytes.
    private var beginnings: [UInt8: [Int]] = [:]
    private let hasEmpty: Bool

    init(_ texts: [String]) {
        self.texts = texts.map { Array($0.utf8) }
        hasEmpty = texts.contains(where: \.isEmpty)
        for (place, text) in self.texts.enumerated() {
            if let first = text.first { beginnings[first, default: []].append(place) }
        }
    }

    /// `re.findall`: from left to right, what was found beginning after the last one's end. An empty text is found where no other is.
    func findAll(in text: String, within budget: inout MatchBudget) throws(PythonExpression.Failure) -> [String] {
        let bytes = Array(text.utf8)
        var found: [String] = []
        var position = 0
        while position < bytes.count {
            if let match = try match(in: bytes, at: position, &budget) {
                found.append(String(decoding: match, as: UTF8.self))
                position += match.count
                continue
            }
            if hasEmpty {
                try budget.take(1)
                found.append("")
            }
            // To the next character: no text begins within one.
            position += 1
            while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
        }
        if hasEmpty { found.append("") }
        return found
    }

    private func match(in bytes: [UInt8], at position: Int, _ budget: inout MatchBudget) throws(PythonExpression.Failure) -> [UInt8]? {
        for place in beginnings[bytes[position]] ?? [] {
            let text = texts[place]
            try budget.take(1 + text.count / 8)
            if text.count <= bytes.count - position, bytes[position..<position + text.count].elementsEqual(text) { return text }
        }
        return nil
    }
}
