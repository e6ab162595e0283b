/// What GPT-2's expression asks of a character.
///
/// The answers come from the standard library's Unicode tables, held to a fixed version: a character assigned
/// later counts as unassigned, so that a newer compiler makes the same tokens. The versions are those of the
/// `tokenizers` library 0.23, whose expressions and whose `Digits` each have tables of their own.
package enum CharacterClass: UInt8, Sendable {
    /// The Unicode version of the expressions' tables.
    package static let expressionsVersion = 16
    /// The Unicode version of the tables behind `Digits`.
    package static let digitsVersion = 17
    /// The Unicode version of llama.cpp's tables.
    static let llamaCppVersion = 15

    /// `\p{L}`
    case letter
    /// `\p{N}`
    case number
    /// `\s`, the White_Space property
    case space
    /// Everything else, bytes that are not UTF-8 included
    case other

    /// The class of the character at the start of `text[position..<end]`, and how many bytes it has. A byte
    /// that does not start a well-formed UTF-8 sequence counts as a character of its own.
    @inline(__always)
    static func at(
        _ position: Int, _ end: Int, of text: UnsafeRawBufferPointer, version: Int = expressionsVersion
    ) -> (class: CharacterClass, length: Int) {
        let lead = text[position]
        if lead < 0x80 { return (ascii(lead), 1) }
        guard let (scalar, length) = Characters.multibyte(text, position, end) else { return (.other, 1) }
        return (of(scalar, version: version), length)
    }

    @inline(__always)
    package static func of(_ scalar: Unicode.Scalar, version: Int = expressionsVersion) -> CharacterClass {
        if scalar.isASCII { return ascii(UInt8(truncatingIfNeeded: scalar.value)) }
        let traits = CharacterTraits.of(scalar)
        let category = traits.category(version: version)
        if CharacterTraits.Categories.letter.contains(category) { return .letter }
        if CharacterTraits.Categories.number.contains(category) { return .number }
        return traits.isWhitespace ? .space : .other
    }

    @inline(__always)
    private static func ascii(_ byte: UInt8) -> CharacterClass {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        case 0x20, 0x09...0x0d: .space
        default: .other
        }
    }
}
