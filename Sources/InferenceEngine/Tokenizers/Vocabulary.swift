/// The tokens by id, and the ids by text.
struct Vocabulary: Sendable {
    enum Kind: UInt8, Sendable {
        /// A piece of ordinary text.
        case normal
        /// Text that is always taken as one token.
        case userDefined
        /// A mark that structures a conversation or a document, such as `<|im_end|>`.
        case special
        /// A byte of text, spelled `<0xE4>`.
        case byte
        /// A number that stands for no token.
        case unused
    }

    /// Two million: several times the largest published vocabulary.
    static let maximumCount = 1 << 21
    static let maximumTokenBytes = 4096
    static let maximumBytes = 256 << 20

    private(set) var kinds: [Kind] = []
    /// Whether a token is one that the model may make of text, or is only ever found whole.
    private var isOfModel: [Bool] = []
    /// As the file spells them.
    private var texts: ByteStringTable
    /// What they stand for in the text.
    private var values = ByteStrings()
    /// The longest text.
    private(set) var longest = 0

    var count: Int { kinds.count }

    init(minimumCapacity: Int = 0) { texts = ByteStringTable(minimumCapacity: min(minimumCapacity, Self.maximumCount)) }

    /// Appends the token with the next id.
    /// - Parameters:
    ///   - value: what it stands for; its text, if left out.
    ///   - isFindable: whether `id(of:)` is to give it.
    ///   - isOfModel: whether `modelID(of:)` is to.
    mutating func append(
        _ text: [UInt8], kind: Kind, value: [UInt8]? = nil, isFindable: Bool = true, isOfModel: Bool = true,
        place: @autoclosure () -> String
    ) throws(TokenizerError) {
        guard text.count <= Self.maximumTokenBytes, values.byteCount < Self.maximumBytes else {
            throw TokenizerError(
                .tooLarge, "a token of \(text.count) bytes; \(Self.maximumTokenBytes) are allowed, and \(Self.maximumBytes) together",
                at: place())
        }
        guard count < Self.maximumCount else {
            throw TokenizerError(.tooLarge, "more than \(Self.maximumCount) tokens", at: place())
        }
        if let other = texts.append(text, isFindable: isFindable && kind != .unused) {
            throw TokenizerError(
                .inconsistent, "tokens \(other) and \(count) have the same text \(Self.quoted(text))", at: place())
        }
        kinds.append(kind)
        self.isOfModel.append(isOfModel && kind != .unused)
        values.append(value ?? text)
        longest = max(longest, text.count)
    }

    func contains(_ id: Int32) -> Bool { id >= 0 && Int(id) < count && kinds[Int(id)] != .unused }
    @inline(__always)
    func id(of text: UnsafeRawBufferPointer) -> Int32? { texts.number(of: text).map { Int32(truncatingIfNeeded: $0) } }
    func id(of text: [UInt8]) -> Int32? { text.withUnsafeBytes { id(of: $0) } }

    /// The token that the model makes of just this text.
    @inline(__always)
    func modelID(of text: UnsafeRawBufferPointer) -> Int32? { id(of: text).flatMap { isOfModel[Int($0)] ? $0 : nil } }
    func modelID(of text: [UInt8]) -> Int32? { text.withUnsafeBytes { modelID(of: $0) } }

    /// - Precondition: `contains(id)`.
    func kind(_ id: Int32) -> Kind { kinds[Int(id)] }
    func text(_ id: Int32) -> ArraySlice<UInt8> { texts[Int(id)] }
    func value(_ id: Int32) -> ArraySlice<UInt8> { values[Int(id)] }

    /// The ids of the 256 byte tokens, −1 where there is none.
    var byteTokens: [Int32] { (UInt8.min...UInt8.max).map { modelID(of: ByteToken.spelling(of: $0)) ?? -1 } }

    /// For messages: the start of a token, printable.
    static func quoted(_ text: some Sequence<UInt8>) -> String {
        String(decoding: Array(text.prefix(64)), as: UTF8.self).debugDescription
    }
}

/// The spelling of a token that stands for a byte: `<0x0A>`.
enum ByteToken {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func spelling(of byte: UInt8) -> [UInt8] {
        [UInt8(ascii: "<"), UInt8(ascii: "0"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)], UInt8(ascii: ">")]
    }

    /// The byte that `text` spells, its digits in either case.
    static func byte(spelledBy text: some Collection<UInt8>) -> UInt8? {
        guard text.count == 6, text.starts(with: "<0x".utf8), text.dropFirst(5).first == UInt8(ascii: ">") else { return nil }
        var value: UInt8 = 0
        for digit in text.dropFirst(3).prefix(2) {
            switch digit {
            case 0x30...0x39: value = value << 4 | (digit - 0x30)
            case 0x41...0x46: value = value << 4 | (digit - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | (digit - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
