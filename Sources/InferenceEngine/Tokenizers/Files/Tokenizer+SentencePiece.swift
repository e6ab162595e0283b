import CanonicalEncoding

extension Tokenizer {
    /// The tokenizer in a SentencePiece model (`tokenizer.model`), unigram or BPE: with `parseSpecial` false, text is
    /// encoded as `sentencepiece` does. With it, control symbols and the unknown piece are recognised as well, and
    /// what is between them is encoded stretch by stretch.
    /// - Parameter configuration: the `tokenizer_config.json` beside it, if there is one. Of it are read which tokens
    ///   open and close a text and whether they are added (`add_bos_token`, `add_eos_token`), `added_tokens_decoder`,
    ///   and whether each stretch between added tokens gets the space that is put before a text (`legacy`, true if it
    ///   is not there).
    package init(sentencePieceModel: [UInt8], configuration: [UInt8]? = nil) throws(TokenizerError) {
        let reader = SentencePieceReader(file: try SentencePieceFile(sentencePieceModel))
        let settings = try configuration.map { bytes throws(TokenizerError) in try Self.parse(bytes, "tokenizer_config.json") }
        let parts = try Self.reading { try reader.parts(settings.map { TokenizerConfiguration($0) }) }
        try self.init(parts, place: "tokenizer_config.json, $.added_tokens_decoder")
    }
}

private struct SentencePieceReader {
    let file: SentencePieceFile

    private static let place = "tokenizer.model"

    func parts(_ configuration: TokenizerConfiguration?) throws -> Tokenizer.Parts {
        guard file.modelType == 1 || file.modelType == 2 else {
            throw TokenizerError(.unsupported, "a model of words or single characters (type \(file.modelType)) is not read", at: Self.place)
        }
        guard let unknown = file.pieces.firstIndex(where: { $0.type == .unknown }),
            file.pieces.lastIndex(where: { $0.type == .unknown }) == unknown
        else {
            throw TokenizerError(.inconsistent, "must have one piece for what is unknown", at: Self.place)
        }
        let unknownID = Int32(truncatingIfNeeded: unknown)
        let added = try configuration?.addedTokens() ?? []
        var vocabulary = try vocabulary()
        try append(added, to: &vocabulary)
        let normalizer = try normalizer(file.normalizer, Self.place + ", normalizer_spec", symbols: userDefined())
        let decoding = SentencePieceDecoding(
            dropsFirstSpace: file.normalizer.addsDummyPrefix, dropsFirstSpaces: file.normalizer.removesExtraSpaces,
            unknownSurface: file.unknownSurface, unknown: unknownID, pieceCount: file.pieces.count,
            denormalizer: try file.denormalizer.flatMap { spec in
                try spec.map.isEmpty ? nil : self.normalizer(spec, Self.place + ", denormalizer_spec", symbols: nil)
            })
        let bytes = try file.hasByteFallback ? byteTokens() : nil
        var parts = Tokenizer.Parts(
            vocabulary: vocabulary,
            model: file.modelType == 2
                ? .scoredPairs(try scoredPairs(unknownID, bytes)) : .unigram(try unigram(unknownID, bytes)),
            decoder: TokenDecoder(source: .sentencePieces(decoding)))
        parts.front = .sentencePiece(normalizer, prefixesEach: try configuration?.root.flag("legacy", default: true) ?? true)
        // All of them are looked for in the text as it is: it is normalized only for the model.
        parts.addedTokens = marks(added) + added.map { token in
            var token = token
            token.isNormalized = false
            return token
        }
        parts.beginOfText = control(file.beginPiece)
        parts.endOfText = control(file.endPiece)
        if let configuration {
            parts.beginOfText = try configuration.token("bos_token", in: vocabulary) ?? parts.beginOfText
            parts.endOfText = try configuration.token("eos_token", in: vocabulary) ?? parts.endOfText
            if try configuration.root.flag("add_bos_token", default: false), let id = parts.beginOfText { parts.prefix = [id] }
            if try configuration.root.flag("add_eos_token", default: false), let id = parts.endOfText { parts.suffix = [id] }
        }
        return parts
    }

    private func isOrdinary(_ piece: SentencePieceFile.Piece) -> Bool {
        switch piece.type {
        case .normal, .userDefined, .unused: true
        case .unknown, .control, .byte: false
        }
    }

    private func vocabulary() throws(TokenizerError) -> Vocabulary {
        var vocabulary = Vocabulary(minimumCapacity: file.pieces.count)
        // A control symbol and an ordinary piece may have one text.
        let ordinary = Set(file.pieces.filter { isOrdinary($0) }.map(\.text))
        for (index, piece) in file.pieces.enumerated() {
            let place = Self.place + ", piece \(index)"
            var value = piece.text
            var kind = Vocabulary.Kind.normal
            switch piece.type {
            case .normal, .unused: value = EscapedSpace.unescaped(piece.text)
            case .userDefined: kind = .userDefined
            case .unknown, .control: kind = .special
            case .byte:
                guard let byte = ByteToken.byte(spelledBy: piece.text) else {
                    throw TokenizerError(.badValue, "\(Vocabulary.quoted(piece.text)) is no byte", at: place)
                }
                (kind, value) = (.byte, [byte])
            }
            let isOrdinary = isOrdinary(piece)
            try vocabulary.append(
                piece.text, kind: kind, value: value, isFindable: isOrdinary || !ordinary.contains(piece.text), isOfModel: isOrdinary, place: place)
        }
        return vocabulary
    }

    /// Appends those that are beyond the model's pieces.
    private func append(_ tokens: [AddedToken], to vocabulary: inout Vocabulary) throws(TokenizerError) {
        let place = "tokenizer_config.json, $.added_tokens_decoder"
        for token in tokens {
            guard Int(token.id) < Vocabulary.maximumCount else { throw TokenizerError(.tooLarge, "the id \(token.id) is over the limit", at: place) }
            if Int(token.id) < file.pieces.count {
                guard vocabulary.text(token.id).elementsEqual(token.text) else {
                    throw TokenizerError(
                        .inconsistent, "token \(token.id) is \(Vocabulary.quoted(token.text)) here and "
                            + "\(Vocabulary.quoted(vocabulary.text(token.id))) in tokenizer.model", at: place)
                }
                continue
            }
            while vocabulary.count < Int(token.id) { try vocabulary.append([], kind: .unused, place: place) }
            try vocabulary.append(token.text, kind: token.isSpecial ? .special : .userDefined, isOfModel: false, place: place)
        }
    }

    /// The control symbols and the unknown piece, unless the configuration has its own idea of them.
    private func marks(_ added: [AddedToken]) -> [AddedToken] {
        let known = Set(added.map(\.text))
        var marks: [AddedToken] = []
        for (index, piece) in file.pieces.enumerated() where piece.type == .control || piece.type == .unknown {
            guard !known.contains(piece.text), piece.text.count <= AddedTokens.maximumBytes else { continue }
            marks.append(AddedToken(id: Int32(truncatingIfNeeded: index), text: piece.text, isSpecial: true))
        }
        return marks
    }

    private func control(_ text: [UInt8]) -> Int32? {
        file.pieces.firstIndex { $0.type == .control && $0.text == text }.map { Int32(truncatingIfNeeded: $0) }
    }

    private func userDefined() throws(TokenizerError) -> PieceTrieBox? {
        var trie = PieceTrie()
        var isEmpty = true
        for (index, piece) in file.pieces.enumerated() where piece.type == .userDefined {
            try trie.insert(piece.text, id: Int32(truncatingIfNeeded: index), place: Self.place)
            isEmpty = false
        }
        return isEmpty ? nil : PieceTrieBox(trie)
    }

    private func normalizer(
        _ spec: SentencePieceFile.Normalizer, _ place: String, symbols: PieceTrieBox?
    ) throws(TokenizerError) -> SentencePieceNormalizer {
        SentencePieceNormalizer(
            map: try spec.map.isEmpty ? nil : CharacterMap(spec.map, place: place), addsDummyPrefix: spec.addsDummyPrefix,
            removesExtraSpaces: spec.removesExtraSpaces, escapesSpaces: spec.escapesSpaces,
            treatsSpaceAsSuffix: file.treatsSpaceAsSuffix, symbols: symbols)
    }

    private func byteTokens() throws(TokenizerError) -> [Int32] {
        var ids = [Int32](repeating: -1, count: 256)
        for (index, piece) in file.pieces.enumerated() where piece.type == .byte {
            if let byte = ByteToken.byte(spelledBy: piece.text) { ids[Int(byte)] = Int32(truncatingIfNeeded: index) }
        }
        guard !ids.contains(-1) else {
            throw TokenizerError(.inconsistent, "has byte_fallback, but not a piece for every byte", at: Self.place)
        }
        return ids
    }

    private func scoredPairs(_ unknown: Int32, _ bytes: [Int32]?) throws(TokenizerError) -> ScoredPairModel {
        var model = ScoredPairModel(
            scores: file.pieces.map(\.score), fallback: UnknownTokens(unknown: unknown, bytes: bytes), frozen: try userDefined()?.trie)
        for (index, piece) in file.pieces.enumerated() where piece.type == .unused { model.unused.insert(Int32(truncatingIfNeeded: index)) }
        return model
    }

    private func unigram(_ unknown: Int32, _ bytes: [Int32]?) throws(TokenizerError) -> UnigramModel {
        var trie = PieceTrie()
        var userDefined: Set<Int32> = []
        var range = (least: Float.greatestFiniteMagnitude, most: Float.leastNormalMagnitude)
        for (index, piece) in file.pieces.enumerated() {
            let id = Int32(truncatingIfNeeded: index)
            if piece.type == .normal { range = (min(range.least, piece.score), max(range.most, piece.score)) }
            if piece.type == .userDefined { userDefined.insert(id) }
            if piece.type == .normal || piece.type == .userDefined { try trie.insert(piece.text, id: id, place: Self.place) }
        }
        return UnigramModel(
            trie: trie, scores: file.pieces.map { Double($0.score) }, range: (Double(range.least), Double(range.most)),
            unknown: unknown, bytes: bytes, precision: .single, looksUpUnknown: false, userDefined: userDefined)
    }
}
