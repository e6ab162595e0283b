/// The character that pieces have in place of a space: ▁, U+2581.
enum EscapedSpace {
    static let bytes: [UInt8] = [0xe2, 0x96, 0x81]

    /// What a piece stands for.
    static func unescaped(_ piece: [UInt8]) -> [UInt8] { DecodingStage.replacing(bytes, with: [0x20], in: piece) }
}
