/// Byte-pair encoding (Sennrich, Haddow and Birch 2016) of a piece, with the settings of the `tokenizers` library.
struct BytePairModel: Sendable {
    enum Alphabet: Sendable {
        /// The text's bytes, each of which the vocabulary spells in `ByteAlphabet`: the token of each, or −1.
        case bytes([Int32])
        /// Its characters: the tokens of those in ASCII, or −1, and those of the others.
        case characters(ascii: [Int32], others: PairTable)
        /// Its characters, spelled differently within a word and at its end.
        case affixed(prefix: [UInt8], suffix: [UInt8])
    }

    let alphabet: Alphabet
    let merges: BytePairMerges
    var fallback = UnknownTokens()
    /// Whether neighbouring unknown characters make one token.
    var fusesUnknown = false
    /// Whether a piece that is a token as it stands is not merged from its parts.
    var ignoresMerges = false

    static func bytes(_ vocabulary: Vocabulary) -> Alphabet { .bytes(ByteAlphabet.spellings.map { vocabulary.modelID(of: $0) ?? -1 }) }

    static func characters(_ vocabulary: Vocabulary) -> Alphabet {
        var ascii = [Int32](repeating: -1, count: 128)
        var others = PairTable()
        for (index, kind) in vocabulary.kinds.enumerated() where kind != .unused {
            let id = Int32(truncatingIfNeeded: index)
            let text = vocabulary.text(id)
            guard let lead = text.first, text.count <= 4, vocabulary.modelID(of: Array(text)) == id else { continue }
            if text.count == 1, lead < 0x80 {
                ascii[Int(lead)] = id
            } else {
                text.withUnsafeBytes { text in
                    if lead >= 0x80, let (scalar, length) = Characters.multibyte(text, 0, text.count), length == text.count {
                        others.insert(UInt64(UInt32(bitPattern: id)), for: UInt64(scalar.value))
                    }
                }
            }
        }
        return .characters(ascii: ascii, others: others)
    }

    /// The bytes without a token: they are left out of what is encoded, as the reference implementations do.
    var unencodableBytes: [UInt8] {
        guard case .bytes(let tokens) = alphabet, fallback.unknown == nil else { return [] }
        return (UInt8.min...UInt8.max).filter { tokens[Int($0)] < 0 }
    }

    func encode(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ vocabulary: Vocabulary, into tokens: inout [Int32],
        _ workspace: inout BytePairMerges.Workspace
    ) {
        if ignoresMerges, range.count <= vocabulary.longest, let id = whole(text, range, vocabulary, &workspace) {
            return tokens.append(id)
        }
        workspace.removeAll()
        switch alphabet {
        case .bytes(let ids):
            guard fallback.unknown == nil else { return spelled(text, range, vocabulary, ids, into: &tokens, &workspace) }
            for position in range {
                let id = ids[Int(text[position])]
                if id >= 0 { workspace.append(id) }
            }
        case .characters(let ascii, let others):
            symbols(text, range, into: &workspace) { part, _, _ in
                if text[part.lowerBound] < 0x80 { return ascii[Int(text[part.lowerBound])] }
                guard let (scalar, _) = Characters.multibyte(text, part.lowerBound, part.upperBound) else { return -1 }
                return others[UInt64(scalar.value)].map { Int32(truncatingIfNeeded: $0) } ?? -1
            }
        case .affixed(let prefix, let suffix):
            symbols(text, range, into: &workspace) { part, isFirst, isLast in
                let spelling = (isFirst ? [] : prefix) + text[part] + (isLast ? suffix : [])
                return vocabulary.modelID(of: spelling) ?? -1
            }
        }
        merges.merge(&workspace, into: &tokens)
    }

    /// Bytes, where those without a token are unknown.
    private func spelled(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ vocabulary: Vocabulary, _ ids: [Int32], into tokens: inout [Int32],
        _ workspace: inout BytePairMerges.Workspace
    ) {
        var unknown = Pending()
        for position in range {
            let id = ids[Int(text[position])]
            if id >= 0 {
                unknown.flush(into: &workspace)
                workspace.append(id)
            } else if let id = fallback.unknown {
                unknown.add(id, fused: fusesUnknown, into: &workspace)
            }
        }
        unknown.flush(into: &workspace)
        merges.merge(&workspace, into: &tokens)
    }

    private func whole(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ vocabulary: Vocabulary, _ workspace: inout BytePairMerges.Workspace
    ) -> Int32? {
        guard case .bytes = alphabet else { return vocabulary.modelID(of: UnsafeRawBufferPointer(rebasing: text[range])) }
        workspace.spelling.removeAll(keepingCapacity: true)
        for position in range { Characters.append(ByteAlphabet.characters[Int(text[position])], to: &workspace.spelling) }
        return workspace.spelling.withUnsafeBytes { vocabulary.modelID(of: $0) }
    }

    /// An unknown token that is not written yet: the reference writes it before the next known one, not before bytes.
    private struct Pending {
        private var id: Int32?

        mutating func add(_ id: Int32, fused: Bool, into workspace: inout BytePairMerges.Workspace) {
            if !fused { flush(into: &workspace) }
            self.id = id
        }

        @inline(__always)
        mutating func flush(into workspace: inout BytePairMerges.Workspace) {
            guard let id else { return }
            workspace.append(id)
            self.id = nil
        }
    }

    @inline(__always)
    private func symbols(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, into workspace: inout BytePairMerges.Workspace,
        _ id: (_ part: Range<Int>, _ isFirst: Bool, _ isLast: Bool) -> Int32
    ) {
        var unknown = Pending()
        var position = range.lowerBound
        while position < range.upperBound {
            let part = position..<position + Characters.length(text, position, range.upperBound)
            let token = id(part, position == range.lowerBound, part.upperBound == range.upperBound)
            if token >= 0 {
                unknown.flush(into: &workspace)
                workspace.append(token)
            } else {
                missing(text, part, &unknown, into: &workspace, isFirst: position == range.lowerBound, isLast: part.upperBound == range.upperBound)
            }
            position = part.upperBound
        }
        unknown.flush(into: &workspace)
    }

    private func missing(
        _ text: UnsafeRawBufferPointer, _ part: Range<Int>, _ unknown: inout Pending,
        into workspace: inout BytePairMerges.Workspace, isFirst: Bool, isLast: Bool
    ) {
        if let bytes = fallback.bytes {
            var spelling = Array(text[part])
            if case .affixed(let prefix, let suffix) = alphabet { spelling = (isFirst ? [] : prefix) + spelling + (isLast ? suffix : []) }
            if spelling.allSatisfy({ bytes[Int($0)] >= 0 }) {
                for byte in spelling { workspace.append(bytes[Int(byte)]) }
                return
            }
        }
        if let id = fallback.unknown { unknown.add(id, fused: fusesUnknown, into: &workspace) }
    }
}
