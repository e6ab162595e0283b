/// What a SentencePiece model file says (`sentencepiece_model.proto`), as far as it decides about tokens.
struct SentencePieceFile {
    enum PieceType: UInt64 { case normal = 1, unknown, control, userDefined, unused, byte }

    struct Piece {
        var text: [UInt8] = []
        var score: Float = 0
        var type = PieceType.normal
    }

    struct Normalizer {
        var map: [UInt8] = []
        var addsDummyPrefix = true
        var removesExtraSpaces = true
        var escapesSpaces = true
    }

    private static let place = "tokenizer.model"
    static let maximumBytes = 256 << 20

    private(set) var pieces: [Piece] = []
    private(set) var normalizer = Normalizer()
    private(set) var denormalizer: Normalizer?
    /// 1 unigram, 2 BPE, 3 words, 4 characters.
    private(set) var modelType: UInt64 = 1
    private(set) var hasByteFallback = false
    private(set) var treatsSpaceAsSuffix = false
    private(set) var beginPiece = Array("<s>".utf8)
    private(set) var endPiece = Array("</s>".utf8)
    private(set) var unknownSurface = Array(" \u{2047} ".utf8)

    init(_ bytes: [UInt8]) throws(TokenizerError) {
        guard bytes.count <= Self.maximumBytes else { throw TokenizerError(.tooLarge, "\(bytes.count) bytes", at: Self.place) }
        var message = ProtocolBuffer(bytes[...], place: Self.place)
        while let field = try message.next() {
            switch field.number {
            case 1:
                guard pieces.count < Vocabulary.maximumCount else {
                    throw TokenizerError(.tooLarge, "more than \(Vocabulary.maximumCount) pieces", at: Self.place)
                }
                pieces.append(try Self.piece(try Self.bytes(field), "\(Self.place), piece \(pieces.count)"))
            case 2: try readTrainer(try Self.bytes(field))
            case 3: try Self.read(&normalizer, try Self.bytes(field), "normalizer_spec")
            case 5:
                var read = denormalizer ?? Normalizer()
                try Self.read(&read, try Self.bytes(field), "denormalizer_spec")
                denormalizer = read
            default: break
            }
        }
        guard !pieces.isEmpty else {
            throw TokenizerError(.badValue, "has no pieces; it is no SentencePiece model", at: Self.place)
        }
    }

    private static func bytes(_ field: ProtocolBuffer.Field, _ place: String = place) throws(TokenizerError) -> ArraySlice<UInt8> {
        guard let bytes = field.bytes else { throw TokenizerError(.badValue, "field \(field.number) must be bytes", at: place) }
        return bytes
    }

    private static func number(_ field: ProtocolBuffer.Field, _ place: String) throws(TokenizerError) -> UInt64 {
        guard let number = field.integer else { throw TokenizerError(.badValue, "field \(field.number) must be a number", at: place) }
        return number
    }

    private static func piece(_ bytes: ArraySlice<UInt8>, _ place: String) throws(TokenizerError) -> Piece {
        var piece = Piece()
        var message = ProtocolBuffer(bytes, place: place)
        while let field = try message.next() {
            switch field.number {
            case 1: piece.text = Array(try Self.bytes(field, place))
            case 2:
                guard let score = field.float, !score.isNaN else { throw TokenizerError(.badValue, "its score is no number", at: place) }
                piece.score = score
            case 3:
                let number = try number(field, place)
                guard let type = PieceType(rawValue: number) else { throw TokenizerError(.badValue, "\(number) is no type of piece (1 to 6)", at: place) }
                piece.type = type
            default: break
            }
        }
        guard !piece.text.isEmpty else { throw TokenizerError(.badValue, "is empty", at: place) }
        return piece
    }

    private mutating func readTrainer(_ bytes: ArraySlice<UInt8>) throws(TokenizerError) {
        let place = Self.place + ", trainer_spec"
        var message = ProtocolBuffer(bytes, place: place)
        while let field = try message.next() {
            switch field.number {
            case 3: modelType = try Self.number(field, place)
            case 24: treatsSpaceAsSuffix = try Self.number(field, place) != 0
            case 35: hasByteFallback = try Self.number(field, place) != 0
            case 44: unknownSurface = Array(try Self.bytes(field, place))
            case 46: beginPiece = Array(try Self.bytes(field, place))
            case 47: endPiece = Array(try Self.bytes(field, place))
            default: break
            }
        }
        guard unknownSurface.count <= Vocabulary.maximumTokenBytes else {
            throw TokenizerError(.tooLarge, "unk_surface has \(unknownSurface.count) bytes", at: place)
        }
    }

    private static func read(_ spec: inout Normalizer, _ bytes: ArraySlice<UInt8>, _ name: String) throws(TokenizerError) {
        let place = Self.place + ", " + name
        var message = ProtocolBuffer(bytes, place: place)
        while let field = try message.next() {
            switch field.number {
            case 2: spec.map = Array(try Self.bytes(field, place))
            case 3: spec.addsDummyPrefix = try Self.number(field, place) != 0
            case 4: spec.removesExtraSpaces = try Self.number(field, place) != 0
            case 5: spec.escapesSpaces = try Self.number(field, place) != 0
            default: break
            }
        }
    }
}
