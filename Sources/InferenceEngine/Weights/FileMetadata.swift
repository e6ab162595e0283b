import WeightFormats

/// What a weight file says besides its tensors: key by key, in the file's order, but for the vocabulary and the chat
/// template, which stand apart.
package struct FileMetadata: Sendable {
    package struct Entry: Sendable {
        package let key: String
        /// As the format names it: `uint32`, `string`, `array of 12 string`.
        package let type: String
        /// The value, or the elements of a short array, as text; nil for a long array.
        package let values: [String]?
        /// For a long array, where the other file opened has one under the same key: whether the two are the same.
        package let isSameInOther: Bool?
    }

    package private(set) var entries: [Entry] = []
    package private(set) var chatTemplate: String?
    /// The vocabulary's tokens in the order of their numbers; they need not be UTF-8.
    package private(set) var tokens: [[UInt8]] = []

    /// Arrays of more elements are only counted and compared.
    private static let shortArray = 64

    /// - Parameter other: the file that long arrays are compared with.
    package init(_ container: WeightContainer, other: WeightContainer?) {
        switch container {
        case .safetensors(let file):
            entries = file.metadata.sorted { $0.key < $1.key }.map { .init(key: $0.key, type: "string", values: [$0.value], isSameInOther: nil) }
        case .gguf(let file):
            for key in file.metadataKeys {
                // How a model was cut is not what it is: a split one and a whole one say the same.
                guard let value = file.metadata[key], !GGUFSplit.keys.contains(key) else { continue }
                if key == "tokenizer.chat_template", let text = value.string {
                    chatTemplate = text
                } else if key == "tokenizer.ggml.tokens", let array = value.array, array.elementType == .string {
                    tokens = (0..<array.count).map { Array(array.stringBytes($0)) }
                } else {
                    var theirs: GGUFValue?
                    if case .gguf(let other)? = other { theirs = other.metadata[key] }
                    entries.append(Self.entry(key, value, theirs))
                }
            }
        }
    }

    private static func entry(_ key: String, _ value: GGUFValue, _ other: GGUFValue?) -> Entry {
        guard let array = value.array else {
            return Entry(key: key, type: typeName(value), values: [text(value)], isSameInOther: nil)
        }
        let type = "array of \(array.count) \(array.elementType)"
        guard array.count > shortArray || array.elementType == .array else {
            return Entry(key: key, type: type, values: (0..<array.count).map { text(array[$0]) }, isSameInOther: nil)
        }
        return Entry(key: key, type: type, values: nil, isSameInOther: other?.array.map { isSame(array, $0) })
    }

    private static func isSame(_ one: GGUFArray, _ other: GGUFArray) -> Bool {
        guard one.elementType == other.elementType, one.count == other.count else { return false }
        switch one.elementType {
        case .string: return (0..<one.count).allSatisfy { one.stringBytes($0).elementsEqual(other.stringBytes($0)) }
        case .array: return zip(one.arrays, other.arrays).allSatisfy(isSame)
        default: return (0..<one.count).allSatisfy { text(one[$0]) == text(other[$0]) }
        }
    }

    /// Floating-point numbers as the shortest digits that read back as the same number.
    private static func text(_ value: GGUFValue) -> String {
        switch value {
        case .float32(let number): return "\(number)"
        case .float64(let number): return "\(number)"
        case .bool(let bool): return "\(bool)"
        case .string(let text): return text
        case .uint64(let number): return "\(number)"
        case .array(let array): return "array of \(array.count) \(array.elementType)"
        default: return value.integer.map(String.init) ?? ""
        }
    }

    private static func typeName(_ value: GGUFValue) -> String {
        switch value {
        case .uint8: "uint8"
        case .int8: "int8"
        case .uint16: "uint16"
        case .int16: "int16"
        case .uint32: "uint32"
        case .int32: "int32"
        case .uint64: "uint64"
        case .int64: "int64"
        case .float32: "float32"
        case .float64: "float64"
        case .bool: "bool"
        case .string: "string"
        case .array: "array"
        }
    }
}
