import CanonicalEncoding

/// Reads a `tokenizer.json`'s model.
struct ModelJSONReader {
    struct Entry {
        let id: Int32
        let text: [UInt8]
        /// Of several tokens with one text, the last is found by it.
        var isFindable = true
        var isOfModel = true
    }

    private enum Kind: String { case bpe = "BPE", unigram = "Unigram", wordPiece = "WordPiece", wordLevel = "WordLevel" }

    let field: JSONField
    private let kind: Kind
    private(set) var tokens: [Entry] = []
    /// Of a unigram model, by id.
    private var scores: [Double] = []

    init(_ field: JSONField) throws {
        self.field = field
        // Files from before the member was written are told apart by what else is there.
        if let type = try field.present("type") {
            let name = try type.name()
            guard let known = Kind(rawValue: name) else { throw type.unsupported("the model \(name)") }
            kind = known
        } else if try field.optional("merges") != nil {
            kind = .bpe
        } else {
            kind = try field.field("vocab").value.array != nil ? .unigram : .wordPiece
        }
        if kind == .unigram { try readScores() } else { try readIDs() }
    }

    private mutating func readIDs() throws {
        let vocabulary = try field.field("vocab")
        for (text, value) in try vocabulary.object().members {
            let spelling = Array(text.utf8)
            guard let id = value.integer.flatMap({ Int32(exactly: $0) }), id >= 0 else {
                throw TokenizerError(
                    .badValue, "the id of \(Vocabulary.quoted(spelling)) is no token number", at: vocabulary.path)
            }
            tokens.append(Entry(id: id, text: spelling))
        }
    }

    private mutating func readScores() throws {
        let vocabulary = try field.field("vocab")
        guard let pairs = vocabulary.value.array else { throw TokenizerError(.badValue, "must be an array", at: vocabulary.path) }
        guard pairs.count <= Vocabulary.maximumCount else {
            throw TokenizerError(.tooLarge, "more than \(Vocabulary.maximumCount) tokens", at: vocabulary.path)
        }
        var last: [[UInt8]: Int] = [:]
        for (index, value) in pairs.enumerated() {
            guard let pair = value.array, pair.count == 2, let text = pair[0].string, let score = pair[1].double, score.isFinite else {
                throw TokenizerError(.badValue, "must be a token and its score", at: "\(vocabulary.path)[\(index)]")
            }
            let spelling = Array(text.utf8)
            if let other = last.updateValue(index, forKey: spelling) { tokens[other].isFindable = false }
            tokens.append(Entry(id: Int32(truncatingIfNeeded: index), text: spelling))
            scores.append(score)
        }
    }

    /// Whether the model can be asked for the tokens of bytes, rather than of their spelling in `ByteAlphabet`.
    var takesBytes: Bool {
        get throws {
            guard kind == .bpe, try !field.flag("byte_fallback", default: false) else { return false }
            return try affix("continuing_subword_prefix").isEmpty && affix("end_of_word_suffix").isEmpty
        }
    }

    private func affix(_ name: String) throws -> [UInt8] { Array(try field.present(name)?.string(maxBytes: 64).utf8 ?? "".utf8) }

    /// - Parameter inBytes: whether the pieces are bytes, which the vocabulary spells in `ByteAlphabet`.
    func model(_ vocabulary: Vocabulary, inBytes: Bool) throws -> TokenModel {
        switch kind {
        case .bpe: return .bytePairs(try bytePairs(vocabulary, inBytes))
        case .unigram: return .unigram(try unigram(vocabulary))
        case .wordPiece:
            var trie = PieceTrie()
            for entry in tokens { try trie.insert(entry.text, id: entry.id, place: field.path + ".vocab") }
            return .wordPiece(
                WordPieceModel(
                    trie: trie, prefix: try field.optional("continuing_subword_prefix") == nil ? [0x23, 0x23] : affix("continuing_subword_prefix"),
                    unknown: try unknown(vocabulary, default: "[UNK]"),
                    maximumCharacters: Int(try field.present("max_input_chars_per_word")?.integer(in: 0...1 << 32) ?? 100)))
        case .wordLevel: return .words(unknown: try unknown(vocabulary, default: "<unk>"))
        }
    }

    /// A member of the model that names a token of it.
    private func unknown(_ vocabulary: Vocabulary, default name: String) throws -> Int32 {
        let member = try field.present("unk_token")
        let spelling = Array(try member?.string(maxBytes: AddedTokens.maximumBytes).utf8 ?? name.utf8)
        guard let id = vocabulary.id(of: spelling) else {
            throw TokenizerError(
                .inconsistent, "\(Vocabulary.quoted(spelling)), for what is unknown, is not in the vocabulary", at: field.path + ".unk_token")
        }
        return id
    }

    private func bytePairs(_ vocabulary: Vocabulary, _ inBytes: Bool) throws -> BytePairModel {
        if let dropout = try field.present("dropout"), dropout.value.double != 0 { throw dropout.unsupported("merge dropout") }
        let prefix = try affix("continuing_subword_prefix"), suffix = try affix("end_of_word_suffix")
        let alphabet: BytePairModel.Alphabet =
            inBytes ? BytePairModel.bytes(vocabulary)
            : prefix.isEmpty && suffix.isEmpty ? BytePairModel.characters(vocabulary) : .affixed(prefix: prefix, suffix: suffix)
        var model = BytePairModel(alphabet: alphabet, merges: try merges(vocabulary, prefix))
        model.fusesUnknown = try field.flag("fuse_unk", default: false)
        model.ignoresMerges = try field.flag("ignore_merges", default: false)
        if try field.flag("byte_fallback", default: false) { model.fallback.bytes = vocabulary.byteTokens }
        // Where every byte has a token nothing is unknown, whatever is named for it.
        if case .bytes(let ids) = alphabet, !ids.contains(-1) { return model }
        if try field.present("unk_token") != nil { model.fallback.unknown = try unknown(vocabulary, default: "") }
        return model
    }

    private func merges(_ vocabulary: Vocabulary, _ prefix: [UInt8]) throws -> BytePairMerges {
        let field = try field.field("merges")
        guard let lines = field.value.array else {
            throw TokenizerError(.badValue, "must be an array", at: field.path)
        }
        var merges = BytePairMerges(minimumCapacity: lines.count)
        for (index, line) in lines.enumerated() {
            let place = "\(field.path)[\(index)]"
            if let text = line.string {
                let (left, right) = try MergeLine.split(Array(text.utf8), place: place)
                try merges.append(left, right, prefix: prefix, in: vocabulary, place: place)
            } else if let pair = line.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string {
                try merges.append(Array(left.utf8), Array(right.utf8), prefix: prefix, in: vocabulary, place: place)
            } else {
                throw TokenizerError(.badValue, "must be two tokens", at: place)
            }
        }
        return merges
    }

    private func unigram(_ vocabulary: Vocabulary) throws -> UnigramModel {
        let unknown = try field.field("unk_id")
        guard unknown.value != .null else { throw TokenizerError(.missing, "there is no token for what is unknown", at: unknown.path) }
        let id = try unknown.integer(in: 0...Int64(Int32.max))
        guard id < tokens.count else {
            throw TokenizerError(.inconsistent, "\(id) is no token of the model", at: unknown.path)
        }
        var trie = PieceTrie()
        for entry in tokens where !entry.text.isEmpty { try trie.insert(entry.text, id: entry.id, place: field.path + ".vocab") }
        let bytes = try field.flag("byte_fallback", default: false) ? vocabulary.byteTokens : nil
        return UnigramModel(
            trie: trie, scores: scores, range: (scores.min() ?? 0, scores.max() ?? 0), unknown: Int32(truncatingIfNeeded: id),
            bytes: bytes, precision: .double, looksUpUnknown: true)
    }
}

/// A merge written as its two tokens with a space between (neither can contain one: `Ġ` stands for it).
enum MergeLine {
    static func split(
        _ line: some Collection<UInt8>, place: String
    ) throws(TokenizerError) -> (left: [UInt8], right: [UInt8]) {
        let halves = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else {
            throw TokenizerError(.badValue, "\(Vocabulary.quoted(line)) is not two tokens with a space between", at: place)
        }
        return (Array(halves[0]), Array(halves[1]))
    }
}
