import CanonicalEncoding
import DatasetFormats

/// JSON as lines to be compared: members sorted by their names' UTF-8 bytes, one value a line, and every string as
/// `VisibleText` shows it.
package enum PrettyJSON {
    package static func lines(of value: JSONValue) -> [String] {
        var lines: [String] = []
        write(value, prefix: "", suffix: "", depth: 0, into: &lines)
        return lines
    }

    private static func write(_ value: JSONValue, prefix: String, suffix: String, depth: Int, into lines: inout [String]) {
        let indent = String(repeating: "  ", count: depth)
        switch value {
        case .array(let elements) where !elements.isEmpty:
            lines.append(indent + prefix + "[")
            for (index, element) in elements.enumerated() {
                write(element, prefix: "", suffix: index + 1 < elements.count ? "," : "", depth: depth + 1, into: &lines)
            }
            lines.append(indent + "]" + suffix)
        case .object(let object) where object.count > 0:
            lines.append(indent + prefix + "{")
            let members = object.members.sorted { ExactString($0.key) < ExactString($1.key) }
            for (index, member) in members.enumerated() {
                write(
                    member.value, prefix: quoted(member.key) + ": ", suffix: index + 1 < members.count ? "," : "", depth: depth + 1,
                    into: &lines)
            }
            lines.append(indent + "}" + suffix)
        default: lines.append(indent + prefix + text(value) + suffix)
        }
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .string(let text): quoted(text)
        case .array: "[]"
        case .object: "{}"
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + VisibleText.line(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")) + "\""
    }
}
