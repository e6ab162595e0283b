import Yams

/// YAML from outside as a tree, with bounds on what reading it can cost.
enum BoundedYAML {
    static let maximumBytes = 16 << 20
    static let maximumDepth = 32

    /// One document.
    /// - Parameter code: of the error that is thrown for what is refused.
    static func parse(_ bytes: [UInt8], file: String, code: PackError.Code) throws(PackError) -> Node {
        guard bytes.count <= maximumBytes else {
            throw PackError(.limit, "\(bytes.count) bytes; at most \(maximumBytes) are read", file: file)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw PackError(code, "it is not UTF-8", file: file) }
        try checkNesting(bytes, file: file)
        do {
            guard let node = try Parser(yaml: text, encoding: .utf8).singleRoot() else { throw PackError(code, "it is empty", file: file) }
            return node
        } catch let error as PackError { throw error } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
                throw PackError(code, "it is not YAML: \(problem)", file: file, line: mark.line)
            case .duplicatedKeysInMapping(let duplicates, let context):
                throw PackError(code, "the key \(shown(duplicates.first ?? "")) stands twice", file: file, line: context.mark.line)
            default: throw PackError(code, "it is not YAML", file: file)
            }
        } catch {
            throw PackError(code, "it is not YAML", file: file)
        }
    }

    /// The library reads nested values by recursion, and puts an anchor's value in each alias's place; keys that are values
    /// of values would take exponential time. Nesting needs indentation, a dash or a bracket for each level, aliases an anchor.
    private static func checkNesting(_ bytes: [UInt8], file: String) throws(PackError) {
        var (line, indentation, dashes, brackets, anchors, aliases) = (1, 0, 0, 0, 0, 0)
        var isStart = true, before = UInt8(ascii: "\n")
        for (index, byte) in bytes.enumerated() {
            let after = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
            switch byte {
            case UInt8(ascii: "\n"): (line, indentation, dashes, isStart) = (line + 1, 0, 0, true)
            case UInt8(ascii: " ") where isStart: indentation += 1
            case UInt8(ascii: "-") where isStart && after <= UInt8(ascii: " "), UInt8(ascii: "?") where isStart && after <= UInt8(ascii: " "): dashes += 1
            default:
                isStart = false
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
                case UInt8(ascii: "&") where after > UInt8(ascii: " ") && !isWord(before): anchors += 1
                case UInt8(ascii: "*") where after > UInt8(ascii: " ") && !isWord(before): aliases += 1
                default: break
                }
            }
            before = byte
            guard dashes <= maximumDepth, brackets <= 512, indentation <= 512 else { throw PackError(.limit, "nested too deeply", file: file, line: line) }
            guard anchors == 0 || aliases <= 64 || anchors * aliases <= 256 else { throw PackError(.limit, "too many anchors and aliases", file: file, line: line) }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension Node {
    var lineNumber: Int { mark?.line ?? 0 }

    /// A value of a mapping; nil where this is no mapping, or has no such key, or null there.
    func member(_ key: String) -> Node? {
        guard case .mapping(let mapping) = self else { return nil }
        for (name, value) in mapping {
            guard case .scalar(let scalar) = name, scalar.string == key else { continue }
            if case .scalar(let text) = value, text.style == .plain, ["", "~", "null", "Null", "NULL"].contains(text.string) { return nil }
            return value
        }
        return nil
    }

    /// The text of a scalar, whatever YAML takes it for.
    var text: String? { if case .scalar(let scalar) = self { scalar.string } else { nil } }

    /// The texts of a list of scalars, or of one scalar.
    var texts: [String]? {
        switch self {
        case .scalar(let scalar): [scalar.string]
        case .sequence(let sequence): sequence.map(\.text).allSatisfy { $0 != nil } ? sequence.compactMap(\.text) : nil
        default: nil
        }
    }
}
